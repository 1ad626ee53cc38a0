/** Values of our own enums, and ISO codes. */
export const CODE = "VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin";
/** Costs and amounts: exact, six places. */
export const AMOUNT = "DECIMAL(19,6)";
export const MOMENT = "DATETIME(6)";
