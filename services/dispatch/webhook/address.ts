import { lookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Addresses inside somebody's network: nothing there is a receiver of ours. */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(net, prefix, "ipv6");

const isPrivate = (address: string): boolean => PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, "");
const isLoopback = (hostname: string): boolean => hostname === "localhost" || bare(hostname) === "::1" || /^127\./.test(hostname);

/** What is wrong with an address to send to, for people; undefined: nothing. */
export function faultOf(url: string, loopback: boolean): string | undefined {
  if (!URL.canParse(url)) return "must be an absolute URL";
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "") return "must not carry a user or password; the signature says who sends";
  if (loopback && isLoopback(hostname) && protocol === "http:") return undefined;
  if (protocol !== "https:") return "must begin with https://";
  if (hostname === "localhost" || (isIP(bare(hostname)) !== 0 && isPrivate(bare(hostname)))) return "must not lead into a private network";
  return undefined;
}

/** Looks a name up and answers public addresses only, at the moment of connecting: a name may lead elsewhere than it did when it was saved. */
export const publicLookup =
  (loopback: boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const allowed = (found ?? []).filter(({ address }) => !isPrivate(address) || (loopback && isLoopback(hostname)));
      if (error || allowed.length === 0) callback(error ?? new Error(`${hostname} leads into a private network`), "", 0);
      else if (options.all) callback(null, allowed);
      else callback(null, allowed[0].address, allowed[0].family);
    });
  };
