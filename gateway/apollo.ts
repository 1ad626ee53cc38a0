import type { ApolloServerPlugin, BaseContext } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { Log } from "../shared/log";

/** Switches off what Apollo adds by itself: reports and traces to its cloud, cache hints, a page that needs its CDN. */
export const nothingBesides = (): ApolloServerPlugin<BaseContext>[] => [
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
  ApolloServerPluginLandingPageDisabled(),
];

/** Apollo's own lines matter when something is wrong. */
export const apolloLogger = (log: Log) => ({
  debug: (text: string) => log.trace(text),
  info: (text: string) => log.debug(text),
  warn: (text: string) => log.warn(text),
  error: (text: string) => log.error(text),
});
