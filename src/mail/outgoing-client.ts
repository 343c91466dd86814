import { lookup as resolveName } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const TIMEOUT_MS = 10_000;

/** Networks that are nobody's public address (IANA's registries of special-purpose addresses). */
const PRIVATE: [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
];
/** Of IPv6 only global unicast is public, and of that not what carries another address in it or is set apart. */
const GLOBAL_IPV6: [network: string, prefix: number] = ['2000::', 3];
const PRIVATE_IPV6: [network: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const privateNetworks = new BlockList();
for (const [network, prefix, family] of PRIVATE) privateNetworks.addSubnet(network, prefix, family);
for (const [network, prefix] of PRIVATE_IPV6) privateNetworks.addSubnet(network, prefix, 'ipv6');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet(...GLOBAL_IPV6, 'ipv6');

/** True for an address that can be reached from anywhere. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !privateNetworks.check(address, 'ipv4');
  return family === 6 && globalIpv6.check(address, 'ipv6') && !privateNetworks.check(address, 'ipv6');
}

/** An address that is not to be asked, by the rules rather than by chance. */
export class RefusedTarget extends Error {}

export interface Outgoing {
  /** Posts to somebody else's server and answers with its status. Redirects are not followed. @throws RefusedTarget for private addresses */
  post: (url: string, headers: Record<string, string>, body: string) => Promise<number>;
  /** Why an address a person gives cannot be used; null when it can, as far as that shows without asking. */
  problemWith: (url: string) => string | null;
}

/**
 * What sends requests to addresses that people give. It connects to the very address it has checked, so that a name cannot point
 * elsewhere a moment later.
 * @param allowedHosts names and addresses in one's own network that whoever runs the server allows
 */
export function createOutgoing(allowedHosts: string[]): Outgoing {
  const isAllowed = (hostname: string) => allowedHosts.includes(hostname.toLowerCase());
  const bare = (hostname: string) => hostname.replaceAll(/^\[|\]$|\.$/g, '');
  const problemWith = (text: string): string | null => {
    if (!URL.canParse(text)) return 'must be an address like https://example.org/path';
    const { protocol, hostname: given, username, password } = new URL(text);
    const hostname = bare(given);
    if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
    if (username || password) return 'must not have a name or a password in it';
    const isPrivateName = hostname === 'localhost' || hostname.endsWith('.localhost') || (isIP(hostname) > 0 && !isPublicAddress(hostname));
    if (isPrivateName && !isAllowed(hostname)) return 'must not be an address of a private network';
    return null;
  };
  return {
    problemWith,
    post: async (text, headers, body) => {
      const problem = problemWith(text);
      if (problem) throw new RefusedTarget(`The address ${problem}.`);
      const url = new URL(text);
      const lookup: LookupFunction = (hostname, options, answer) => {
        resolveName(hostname, { all: true, family: options.family === 6 || options.family === 4 ? options.family : 0 }).then(
          (addresses) => {
            if (!isAllowed(hostname) && !addresses.every(({ address }) => isPublicAddress(address)))
              return answer(new RefusedTarget('The name points into a private network.'), '', 0);
            const [first] = addresses;
            if (options.all) return answer(null, addresses);
            answer(null, first?.address ?? '', first?.family ?? 0);
          },
          (error: NodeJS.ErrnoException) => answer(error, '', 0),
        );
      };
      return new Promise<number>((resolve, reject) => {
        const request = (url.protocol === 'https:' ? https : http).request(
          url,
          {
            method: 'POST',
            headers: { ...headers, 'content-length': Buffer.byteLength(body) },
            agent: false,
            lookup,
            signal: AbortSignal.timeout(TIMEOUT_MS),
          },
          (response) => {
            resolve(response.statusCode ?? 0);
            // Whatever it says is of no interest.
            response.destroy();
          },
        );
        request.on('error', reject);
        request.end(body);
      });
    },
  };
}
