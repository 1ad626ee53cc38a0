/** Up to where the warehouse has applied dispatch's feed: what stands there or before it is on the floor. */
export const APPLIED_BY_WAREHOUSE = "SELECT position FROM strata_warehouse.feed_position WHERE source = 'dispatch'";

/** Orders of which a shipment was released in a stretch of dispatch's feed. Primary key range. */
export const RELEASED_BETWEEN = `
  SELECT JSON_UNQUOTE(JSON_EXTRACT(body, '$.orderRef')) AS orderRef
  FROM strata_dispatch.feed WHERE position > ? AND position <= ? AND type = 'AllocationMade'`;
