"""Writes ``admin_2026-10.graphql``: the kept part of Shopify's own introspection, descriptions dropped.

    python -m devstore.schema.build admin_2026-10.json.gz > devstore/schema/admin_2026-10.graphql

The input is the answer to the standard introspection query of API version 2026-10 (JSON, gzipped or not), as
published in the npm package ``@shopify/dev-mcp``. ``KEPT`` names the fields that the store can answer truthfully,
type by type; each keeps Shopify's definition with its arguments, deprecations and nullability. Enums, scalars and
input types follow from them, and unions, cut down to the types that are kept. A field named here that Shopify does not
have is an error.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    get_named_type,
    print_type,
)

_CONNECTION = "edges nodes pageInfo"
_EDGE = "cursor node"
_SALE = "actionType id lineType quantity taxes totalAmount totalDiscountAmountAfterTaxes "
_SALE += "totalDiscountAmountBeforeTaxes totalTaxAmount"
_DISCOUNT = "allocationMethod index targetSelection targetType value"
_AGREEMENT = "happenedAt id reason sales"
_CREDIT = "account amount balanceAfterTransaction createdAt event"
_CODE = "appliesOncePerCustomer asyncUsageCount codes codesCount combinesWith context createdAt discountClasses endsAt "
_CODE += "startsAt status tags title updatedAt usageLimit"

KEPT: dict[str, str] = {
    "QueryRoot": "abandonedCheckouts abandonedCheckoutsCount abandonment abandonmentByAbandonedCheckoutId "
    "bulkOperation bulkOperations codeDiscountNode codeDiscountNodeByCode collection collections "
    "collectionsCount currentAppInstallation "
    "customer customerSegmentMembers customers customersCount discountNodes discountNodesCount metafieldDefinition "
    "node nodes order orders ordersCount segment segments shop shopifyqlQuery storeCreditAccount",
    "Mutation": "bulkOperationCancel bulkOperationRunMutation bulkOperationRunQuery "
    "customerEmailMarketingConsentUpdate discountCodeBasicCreate "
    "discountCodeBxgyCreate discountCodeDeactivate discountCodeDelete discountCodeFreeShippingCreate "
    "metafieldDefinitionCreate "
    "metafieldDefinitionDelete metafieldsDelete metafieldsSet segmentCreate segmentDelete segmentUpdate "
    "stagedUploadsCreate storeCreditAccountCredit storeCreditAccountDebit tagsAdd tagsRemove",
    "Node": "id",
    "HasMetafields": "metafield metafields",
    "AbandonedCheckout": "abandonedCheckoutUrl billingAddress completedAt createdAt customAttributes customer "
    "discountCodes id lineItems name note shippingAddress subtotalPriceSet taxLines taxesIncluded totalDiscountSet "
    "totalDutiesSet totalLineItemsPriceSet totalPriceSet totalTaxSet updatedAt",
    "AbandonedCheckoutConnection": _CONNECTION,
    "AbandonedCheckoutEdge": _EDGE,
    "AbandonedCheckoutLineItem": "discountedTotalPriceSet discountedTotalPriceWithCodeDiscount "
    "discountedUnitPriceSet discountedUnitPriceWithCodeDiscount id image originalTotalPriceSet originalUnitPriceSet "
    "product quantity sku title variant variantTitle",
    "AbandonedCheckoutLineItemConnection": _CONNECTION,
    "AbandonedCheckoutLineItemEdge": _EDGE,
    "Abandonment": "abandonedCheckoutPayload abandonmentType createdAt customer "
    "customerHasNoDraftOrderSinceAbandonment customerHasNoOrderSinceAbandonment daysSinceLastAbandonmentEmail "
    "emailSentAt emailState hoursSinceLastAbandonedCheckout id inventoryAvailable isFromCustomStorefront "
    "isFromOnlineStore isFromShopApp isFromShopPay isMostSignificantAbandonment lastCheckoutAbandonmentDate "
    "mostRecentStep visitStartedAt",
    "Attribute": "key value",
    "Image": "altText id url",
    "App": "apiKey embedded handle id title",
    "AppInstallation": "accessScopes app id launchUrl",
    "AccessScope": "description handle",
    "BulkOperation": "completedAt createdAt errorCode fileSize id objectCount partialDataUrl query rootObjectCount "
    "status type url",
    "BulkOperationConnection": _CONNECTION,
    "BulkOperationEdge": _EDGE,
    "BulkOperationRunQueryPayload": "bulkOperation userErrors",
    "BulkOperationCancelPayload": "bulkOperation userErrors",
    "BulkOperationUserError": "code field message",
    "BulkOperationRunMutationPayload": "bulkOperation userErrors",
    "BulkMutationUserError": "code field message",
    "UserError": "field message",
    "DisplayableError": "field message",
    "Count": "count precision",
    "Customer": "addressesV2 amountSpent createdAt defaultAddress defaultEmailAddress defaultPhoneNumber displayName "
    "email firstName id "
    "lastName lastOrder legacyResourceId locale metafield metafields note numberOfOrders orders phone state "
    "statistics storeCreditAccounts tags taxExempt updatedAt verifiedEmail",
    "CustomerEmailAddress": "emailAddress marketingOptInLevel marketingState marketingUpdatedAt validFormat",
    "CustomerEmailMarketingConsentUpdatePayload": "customer userErrors",
    "CustomerEmailMarketingConsentUpdateUserError": "code field message",
    "CustomerPhoneNumber": "marketingState marketingUpdatedAt phoneNumber",
    "CustomerStatistics": "predictedSpendTier rfmGroup",
    "CustomerConnection": _CONNECTION,
    "CustomerEdge": _EDGE,
    "CustomerSegmentMember": "amountSpent defaultEmailAddress displayName firstName id lastName "
    "lastOrderId numberOfOrders",
    "CustomerSegmentMemberConnection": "edges pageInfo totalCount",
    "CustomerSegmentMemberEdge": _EDGE,
    "LineItem": "currentQuantity discountAllocations discountedTotalSet discountedUnitPriceSet duties id isGiftCard "
    "name originalTotalSet originalUnitPriceSet product quantity refundableQuantity requiresShipping "
    "sku taxLines taxable title totalDiscountSet variantTitle vendor",
    "DiscountAllocation": "allocatedAmountSet discountApplication",
    "DiscountApplication": _DISCOUNT,
    "AutomaticDiscountApplication": _DISCOUNT + " title",
    "DiscountCodeApplication": _DISCOUNT + " code",
    "ManualDiscountApplication": _DISCOUNT + " title",
    "DiscountApplicationConnection": _CONNECTION,
    "DiscountApplicationEdge": _EDGE,
    "PricingPercentageValue": "percentage",
    "DiscountCodeNode": "codeDiscount id",
    "DiscountNode": "discount id",
    "DiscountNodeConnection": _CONNECTION,
    "DiscountNodeEdge": _EDGE,
    "DiscountCodeBasic": _CODE + " customerGets minimumRequirement",
    "DiscountCodeBxgy": _CODE + " customerBuys customerGets usesPerOrderLimit",
    "DiscountCodeFreeShipping": _CODE + " destinationSelection maximumShippingPrice minimumRequirement",
    "DiscountCodeBasicCreatePayload": "codeDiscountNode userErrors",
    "DiscountCodeBxgyCreatePayload": "codeDiscountNode userErrors",
    "DiscountCodeFreeShippingCreatePayload": "codeDiscountNode userErrors",
    "DiscountCodeDeactivatePayload": "codeDiscountNode userErrors",
    "DiscountCodeDeletePayload": "deletedCodeDiscountId userErrors",
    "DiscountUserError": "code extraInfo field message",
    "DiscountCombinesWith": "orderDiscounts productDiscounts shippingDiscounts",
    "DiscountCustomerBuys": "items value",
    "DiscountCustomerGets": "items value",
    "DiscountAmount": "amount appliesOnEachItem",
    "DiscountPercentage": "percentage",
    "DiscountOnQuantity": "effect quantity",
    "DiscountQuantity": "quantity",
    "DiscountPurchaseAmount": "amount",
    "DiscountMinimumQuantity": "greaterThanOrEqualToQuantity",
    "DiscountMinimumSubtotal": "greaterThanOrEqualToSubtotal",
    "DiscountBuyerSelectionAll": "all",
    "DiscountCustomers": "customers",
    "DiscountCustomerSegments": "segments",
    "DiscountRedeemCode": "asyncUsageCount code id",
    "DiscountRedeemCodeConnection": _CONNECTION,
    "DiscountRedeemCodeEdge": _EDGE,
    "AllDiscountItems": "allItems",
    "DiscountProducts": "products",
    "DiscountCollections": "collections",
    "DiscountCountryAll": "allCountries",
    "DiscountCountries": "countries includeRestOfWorld",
    "TaxLine": "priceSet rate title",
    "LineItemConnection": _CONNECTION,
    "LineItemEdge": _EDGE,
    "MailingAddress": "countryCodeV2 id phone",
    "MailingAddressConnection": _CONNECTION,
    "MailingAddressEdge": _EDGE,
    "Metafield": "compareDigest createdAt definition id key legacyResourceId namespace owner ownerType sizeInBytes "
    "type updatedAt value",
    "MetafieldAccess": "admin",
    "MetafieldCapabilities": "adminFilterable uniqueValues",
    "MetafieldCapabilityAdminFilterable": "eligible enabled status",
    "MetafieldCapabilityUniqueValues": "eligible enabled",
    "MetafieldConnection": _CONNECTION,
    "MetafieldDefinition": "access capabilities description id key metafieldsCount name namespace ownerType "
    "pinnedPosition type",
    "MetafieldDefinitionCreatePayload": "createdDefinition userErrors",
    "MetafieldDefinitionCreateUserError": "code elementIndex elementKey field message",
    "MetafieldDefinitionDeletePayload": "deletedDefinition deletedDefinitionId userErrors",
    "MetafieldDefinitionDeleteUserError": "code field message",
    "MetafieldDefinitionIdentifier": "key namespace ownerType",
    "MetafieldDefinitionType": "category name",
    "MetafieldEdge": _EDGE,
    "MetafieldIdentifier": "key namespace ownerId",
    "MetafieldsDeletePayload": "deletedMetafields userErrors",
    "MetafieldsSetPayload": "metafields userErrors",
    "MetafieldsSetUserError": "code elementIndex field message",
    "MoneyBag": "presentmentMoney shopMoney",
    "MoneyV2": "amount currencyCode",
    "Order": "additionalFees agreements app billingAddress cancelReason cancelledAt cartToken checkoutToken closed "
    "closedAt confirmed createdAt currencyCode currentShippingPriceSet currentSubtotalLineItemsQuantity "
    "currentSubtotalPriceSet currentTotalAdditionalFeesSet currentTotalDiscountsSet currentTotalDutiesSet "
    "currentTotalPriceSet currentTotalTaxSet "
    "customer customerAcceptsMarketing customerLocale discountApplications discountCode discountCodes "
    "displayFinancialStatus displayFulfillmentStatus dutiesIncluded edited email estimatedTaxes fulfillments "
    "fullyPaid id legacyResourceId lineItems name netPaymentSet note number originalTotalAdditionalFeesSet "
    "originalTotalDutiesSet originalTotalPriceSet "
    "paymentGatewayNames phone poNumber presentmentCurrencyCode processedAt refundDiscrepancySet "
    "refundable refunds requiresShipping returnStatus returns shippingAddress sourceIdentifier sourceName "
    "subtotalLineItemsQuantity subtotalPriceSet tags taxExempt taxesIncluded test totalDiscountsSet "
    "totalOutstandingSet totalPriceSet totalReceivedSet totalRefundedSet totalRefundedShippingSet "
    "totalShippingPriceSet totalTaxSet totalTipReceivedSet unpaid updatedAt",
    "Fulfillment": "createdAt id legacyResourceId name status totalQuantity updatedAt",
    "OrderApp": "id name",
    "OrderConnection": _CONNECTION,
    "OrderEdge": _EDGE,
    "OrderAdjustment": "amountSet id reason taxAmountSet",
    "OrderAdjustmentConnection": _CONNECTION,
    "OrderAdjustmentEdge": _EDGE,
    "PageInfo": "endCursor hasNextPage hasPreviousPage startCursor",
    "Product": "id isGiftCard legacyResourceId productType title vendor",
    "ProductVariant": "availableForSale id inventoryQuantity legacyResourceId price product sellableOnlineQuantity "
    "sku title",
    "ProductConnection": _CONNECTION,
    "ProductEdge": _EDGE,
    "Collection": "id legacyResourceId products productsCount title updatedAt",
    "CollectionConnection": _CONNECTION,
    "CollectionEdge": _EDGE,
    "Duty": "id price",
    "AdditionalFee": "id name price",
    "SaleAdditionalFee": "id name price",
    "Return": "closedAt createdAt id name order status totalQuantity",
    "ReturnConnection": _CONNECTION,
    "ReturnEdge": _EDGE,
    "Refund": "createdAt duties id legacyResourceId note order orderAdjustments processedAt refundLineItems return "
    "totalRefundedSet transactions updatedAt",
    "RefundDuty": "amountSet originalDuty",
    "RefundLineItem": "id lineItem priceSet quantity subtotalSet totalTaxSet",
    "RefundLineItemConnection": _CONNECTION,
    "RefundLineItemEdge": _EDGE,
    "OrderTransaction": "amountSet createdAt gateway id kind processedAt status test",
    "OrderTransactionConnection": _CONNECTION,
    "OrderTransactionEdge": _EDGE,
    "SalesAgreement": _AGREEMENT,
    "OrderAgreement": _AGREEMENT,
    "OrderEditAgreement": _AGREEMENT,
    "RefundAgreement": _AGREEMENT + " refund",
    "ReturnAgreement": _AGREEMENT + " return",
    "SalesAgreementConnection": _CONNECTION,
    "SalesAgreementEdge": _EDGE,
    "Sale": _SALE,
    "ProductSale": _SALE + " lineItem",
    "GiftCardSale": _SALE + " lineItem",
    "ShippingLineSale": _SALE,
    "AdjustmentSale": _SALE,
    "TipSale": _SALE + " lineItem",
    "DutySale": _SALE + " duty",
    "FeeSale": _SALE,
    "AdditionalFeeSale": _SALE + " additionalFee",
    "SaleTax": "amount",
    "SaleConnection": _CONNECTION,
    "SaleEdge": _EDGE,
    "Segment": "creationDate id lastEditDate name query",
    "SegmentConnection": _CONNECTION,
    "SegmentCreatePayload": "segment userErrors",
    "SegmentDeletePayload": "deletedSegmentId userErrors",
    "SegmentEdge": _EDGE,
    "SegmentUpdatePayload": "segment userErrors",
    "Shop": "contactEmail createdAt currencyCode email enabledPresentmentCurrencies ianaTimezone id "
    "myshopifyDomain name plan primaryDomain shopOwnerName taxShipping taxesIncluded "
    "timezoneAbbreviation timezoneOffset timezoneOffsetMinutes updatedAt url",
    "ShopifyqlQueryResponse": "parseErrors parseWarnings tableData",
    "ShopifyqlTableData": "columns rows",
    "ShopifyqlTableDataColumn": "columnOrigin dataType displayName name shortDisplayName subType",
    "StagedMediaUploadTarget": "parameters resourceUrl url",
    "StagedUploadParameter": "name value",
    "StagedUploadsCreatePayload": "stagedTargets userErrors",
    "HasStoreCreditAccounts": "storeCreditAccounts",
    "StoreCreditAccount": "balance id owner transactions",
    "StoreCreditAccountConnection": _CONNECTION,
    "StoreCreditAccountEdge": _EDGE,
    "StoreCreditAccountTransaction": _CREDIT,
    "StoreCreditAccountCreditTransaction": _CREDIT + " expiresAt id remainingAmount",
    "StoreCreditAccountDebitTransaction": _CREDIT + " id",
    "StoreCreditAccountDebitRevertTransaction": _CREDIT + " debitTransaction id",
    "StoreCreditAccountExpirationTransaction": _CREDIT + " creditTransaction",
    "StoreCreditAccountTransactionConnection": _CONNECTION,
    "StoreCreditAccountTransactionEdge": _EDGE,
    "StoreCreditAccountCreditPayload": "storeCreditAccountTransaction userErrors",
    "StoreCreditAccountCreditUserError": "code field message",
    "StoreCreditAccountDebitPayload": "storeCreditAccountTransaction userErrors",
    "StoreCreditAccountDebitUserError": "code field message",
    "TagsAddPayload": "node userErrors",
    "TagsRemovePayload": "node userErrors",
    "ShopPlan": "partnerDevelopment publicDisplayName shopifyPlus",
    "Domain": "host id sslEnabled url",
}


def load(path: Path) -> GraphQLSchema:
    """The whole schema of an introspection file."""
    raw = path.read_bytes()
    document: Any = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    return build_client_schema(document.get("data", document))


def prune(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    """The kept types, cut down to the kept fields, and every leaf and input type they mention."""
    kept: dict[str, GraphQLNamedType] = {}
    for name, fields in KEPT.items():
        kind = schema.type_map[name]
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            raise TypeError(f"{name} is neither object nor interface")
        kind.fields = {field: kind.fields[field] for field in sorted(fields.split())}
        # An interface is kept where all is kept that it promises.
        whole = (one for one in kind.interfaces if set(KEPT.get(one.name, "?").split()) <= kind.fields.keys())
        kind.interfaces = tuple(whole)
        kept[name] = kind
    for kind in list(kept.values()):
        for mentioned in _mentioned(kind):
            _follow(mentioned, kept)
    return kept


def _mentioned(kind: GraphQLNamedType) -> list[GraphQLNamedType]:
    fields = kind.fields.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else []
    named = [get_named_type(field.type) for field in fields]
    return named + [get_named_type(argument.type) for field in fields for argument in field.args.values()]


def _follow(kind: GraphQLNamedType, kept: dict[str, GraphQLNamedType]) -> None:
    if kind.name in kept:
        return
    if isinstance(kind, GraphQLInputObjectType):
        kept[kind.name] = kind
        for field in kind.fields.values():
            _follow(get_named_type(field.type), kept)
        return
    if isinstance(kind, GraphQLUnionType):
        kind.types = tuple(one for one in kind.types if one.name in KEPT)
    if not isinstance(kind, GraphQLEnumType | GraphQLScalarType) and not getattr(kind, "types", ()):
        raise TypeError(f"a kept field needs {kind.name}, of which nothing is kept")
    kept[kind.name] = kind


def text(kept: dict[str, GraphQLNamedType]) -> str:
    """The schema in schema definition language, without descriptions, types in order of name."""
    built_in = {"Boolean", "Float", "ID", "Int", "String"}
    parts = ["schema {\n  query: QueryRoot\n  mutation: Mutation\n}"]
    for name in sorted(kept):
        if name not in built_in:
            _forget_descriptions(kept[name])
            parts.append(print_type(kept[name]))
    return "\n\n".join(parts) + "\n"


def _forget_descriptions(kind: GraphQLNamedType) -> None:
    kind.description = None
    if isinstance(kind, GraphQLEnumType):
        for value in kind.values.values():
            value.description = None
    if isinstance(kind, GraphQLInputObjectType):
        for given in kind.fields.values():
            given.description = None
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field in kind.fields.values():
            field.description = None
            for argument in field.args.values():
                argument.description = None


if __name__ == "__main__":
    sys.stdout.write(text(prune(load(Path(sys.argv[1])))))
