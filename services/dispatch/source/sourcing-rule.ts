export enum SourcingStrategy {
  PRIORITY = "PRIORITY",
  NEAREST = "NEAREST",
  FEWEST_SHIPMENTS = "FEWEST_SHIPMENTS",
  CHEAPEST = "CHEAPEST",
  BALANCED = "BALANCED",
}

export interface SourcingNode {
  warehouse: string;
  priority: number;
  enabled: boolean;
  dailyCapacity: number | null;
  safetyStock: number;
  shipsTo: string[] | null;
}

export interface SourcingRule {
  /** Empty: the general rule. */
  channel: string;
  strategy: SourcingStrategy;
  allowSplit: boolean;
  maxShipments: number | null;
  warehouses: SourcingNode[];
}

export const GENERAL = "";
