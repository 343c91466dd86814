const HERE = 'http://here.invalid';

/** A path on this site to go on to, as a browser reads it; anything else leads home. */
export function localPath(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) || !URL.canParse(next, HERE)) return '/';
  const { origin, pathname, search, hash } = new URL(next, HERE);
  // What climbs above the root ends in two slashes, which a browser takes for another site.
  return origin === HERE && !pathname.startsWith('//') ? pathname + search + hash : '/';
}
