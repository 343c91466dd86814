const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Whoever has one IPv6 address has all of its last half. */
const NETWORK_GROUPS = 4;
const SHOWN_GROUPS = 3;

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  const between = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: between }, () => '0'), ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** What limits are counted by: an IPv4 address, or the network that a subscriber with an IPv6 address has to themselves. */
export function networkOf(address: string | undefined): string {
  const plain = MAPPED.exec(address ?? '')?.[1] ?? address ?? '';
  return plain.includes(':') ? `${groupsOf(plain).slice(0, NETWORK_GROUPS).join(':')}::/64` : plain;
}

/** An address without what tells its subscriber: for logs, and for the person whose account it was about. */
export function shortened(address: string | undefined): string {
  const plain = MAPPED.exec(address ?? '')?.[1] ?? address ?? '';
  if (IPV4.test(plain)) return `${plain.split('.').slice(0, 3).join('.')}.…`;
  return plain.includes(':') ? `${groupsOf(plain).slice(0, SHOWN_GROUPS).join(':')}:…` : 'unknown';
}
