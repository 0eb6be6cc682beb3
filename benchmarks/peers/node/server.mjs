// Shopify's official Node path for webhooks: express, webhooks.validate of @shopify/shopify-api, better-sqlite3.
// A 200 means that the delivery is committed, with the same durability as ours: WAL, synchronous=FULL.
import '@shopify/shopify-api/adapters/node';
import {ApiVersion, LogSeverity, shopifyApi} from '@shopify/shopify-api';
import Database from 'better-sqlite3';
import express from 'express';

const [port, file] = process.argv.slice(2);

const shopify = shopifyApi({
  apiKey: process.env.SHOPIFY_API_KEY,
  apiSecretKey: process.env.SHOPIFY_API_SECRET,
  apiVersion: Object.values(ApiVersion).at(-1),
  hostName: '127.0.0.1',
  isEmbeddedApp: true,
  logger: {level: LogSeverity.Error},
});

const database = new Database(file);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY,
  shop_domain TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  body BLOB NOT NULL,
  received_at TEXT NOT NULL,
  UNIQUE (shop_domain, webhook_id)
)`);
const keep = database.prepare(
  'INSERT OR IGNORE INTO delivery (shop_domain, webhook_id, topic, body, received_at) VALUES (?, ?, ?, ?, ?)',
);

const app = express();
app.disable('x-powered-by');
app.get('/readyz', (_request, response) => response.sendStatus(200));
app.post('/webhooks', express.text({type: '*/*', limit: '5mb'}), async (request, response) => {
  const checked = await shopify.webhooks.validate({
    rawBody: request.body,
    rawRequest: request,
    rawResponse: response,
  });
  if (!checked.valid) {
    response.sendStatus(checked.reason === 'invalid_hmac' ? 401 : 400);
    return;
  }
  keep.run(checked.domain, checked.webhookId, checked.topic, request.body, new Date().toISOString());
  response.sendStatus(200);
});
app.listen(Number(port), '127.0.0.1', 511);
