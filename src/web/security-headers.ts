import type { RequestHandler } from 'express';
import helmet from 'helmet';

const SELF = "'self'";
const NONE = "'none'";

/** Where the browser's Link comes from: a script, and, for Plaid's own, the origins it needs. */
export interface LinkSources {
  scriptUrl: string;
  scripts: string[];
  frames: string[];
  connections: string[];
}

/** Headers for every answer: nothing may be loaded, framed or cached that we did not decide on. */
export function securityHeaders(isProduction: boolean): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: contentPolicy({ scripts: [], frames: [], connections: [] }),
      referrerPolicy: { policy: 'no-referrer' },
      strictTransportSecurity: isProduction ? { maxAge: 31_536_000, includeSubDomains: true } : false,
      crossOriginOpenerPolicy: { policy: 'same-origin' },
    }),
    (_request, response, next) => {
      response.set('Cache-Control', 'no-store').set('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
      next();
    },
  ];
}

/** For the pages that open Link: what it needs, and popups that may answer back (banks that sign in on their own pages). */
export function allowLink(sources: LinkSources): RequestHandler[] {
  return [
    helmet.contentSecurityPolicy(contentPolicy(sources)),
    (_request, response, next) => {
      response.set('Cross-Origin-Opener-Policy', 'same-origin-allow-popups');
      next();
    },
  ];
}

const contentPolicy = (link: Pick<LinkSources, 'scripts' | 'frames' | 'connections'>) => ({
  useDefaults: false,
  directives: {
    defaultSrc: [NONE],
    scriptSrc: [SELF, ...link.scripts],
    styleSrc: [SELF],
    fontSrc: [SELF],
    imgSrc: [SELF, 'data:'],
    connectSrc: [SELF, ...link.connections],
    frameSrc: link.frames.length > 0 ? link.frames : [NONE],
    manifestSrc: [SELF],
    formAction: [SELF],
    baseUri: [NONE],
    frameAncestors: [NONE],
  },
});
