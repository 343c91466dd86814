import express, { type Express, type RequestHandler, Router } from 'express';
import { CONFIRM_PATH, confirmRoutes } from './access/confirm-routes.ts';
import { recoveryRoutes } from './access/recovery-routes.ts';
import { authRoutes } from './access/sign-in-routes.ts';
import { accountPages } from './accounts/page-routes.ts';
import { accountRoutes } from './accounts/routes.ts';
import { alertBadge, alertPages } from './alerts/page-routes.ts';
import { alertRoutes } from './alerts/routes.ts';
import { sessions } from './auth/session.ts';
import { createPassport, requireSignIn } from './auth/sign-in.ts';
import { cashFlowPages } from './cash-flow/page-routes.ts';
import { liveRoutes } from './dashboard/live-routes.ts';
import { dashboardPages } from './dashboard/page-routes.ts';
import { dashboardRoutes } from './dashboard/routes.ts';
import type { Deps } from './deps.ts';
import { explainRoutes } from './explain/routes.ts';
import { exportRoutes, importForm } from './exports/routes.ts';
import { demoRoutes } from './items/explore-demo.ts';
import { itemPages, LINK_RETURN_PATH } from './items/page-routes.ts';
import { itemRoutes } from './items/routes.ts';
import { emailRoutes, mailRoutes, UNSUBSCRIBE_PATH, unsubscribeRoutes } from './mail/routes.ts';
import { netWorthPages } from './net-worth/page-routes.ts';
import { portfolioPages } from './portfolio/page-routes.ts';
import { recurringPages } from './recurring/page-routes.ts';
import { recurringRoutes } from './recurring/routes.ts';
import { reportPages } from './reports/page-routes.ts';
import { reportRoutes } from './reports/routes.ts';
import { settingsPages } from './settings/page-routes.ts';
import { settingsRoutes } from './settings/routes.ts';
import { syncRoutes } from './sync/routes.ts';
import { WEBHOOK_PATH, webhookRoutes } from './sync/webhook-routes.ts';
import { transactionPages } from './transactions/page-routes.ts';
import { reviewRoutes } from './transactions/review-routes.ts';
import { transactionRoutes } from './transactions/routes.ts';
import { requireKnownBody } from './web/body-types.ts';
import { answerErrors, rejectUnknownPath } from './web/errors.ts';
import { createFigureCache } from './web/figure-cache.ts';
import { logRequests } from './web/logger.ts';
import { protectWrites } from './web/same-origin.ts';
import { securityHeaders } from './web/security-headers.ts';
import { assets, setUpViews, styleGuide } from './web/views.ts';

const PAGES = [
  ...[
    '/',
    '/net-worth',
    '/cash-flow',
    '/transactions',
    '/transactions/[^/]+',
    '/recurring',
    '/portfolio',
    '/accounts',
    '/alerts',
    '/reports',
    '/reports/[^/]+',
    '/explain',
    '/settings',
    '/settings/import',
    CONFIRM_PATH,
  ],
  LINK_RETURN_PATH,
];

/** The whole application, in the order in which a request meets it. */
export function createApp(deps: Deps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  // Answers that may be kept say so themselves, with the version of what they were made from.
  app.set('etag', false);
  app.set('trust proxy', deps.trustProxyHops);
  setUpViews(app);
  Object.assign(app.locals, {
    linkScript: deps.link.scriptUrl,
    isDemoMode: deps.demo !== undefined,
    isProductionDemo: deps.isProduction && deps.demo !== undefined,
  });

  app.use(logRequests(deps.logger), warnOfProxy(deps));
  app.use(securityHeaders(deps.isProduction));
  app.use(health(deps));
  app.use(assets());
  if (!deps.isProduction) app.use(styleGuide());
  app.use('/api/plaid', webhookRoutes(deps));
  // The link out of an e-mail says itself who may use it: a mail program posts to it from where it is.
  app.use(protectWrites(deps.appUrl, [WEBHOOK_PATH, UNSUBSCRIBE_PATH]));
  app.use(requireKnownBody([WEBHOOK_PATH]));

  app.use(unsubscribeRoutes(deps), emailRoutes(deps));

  const passport = createPassport(deps.database);
  app.use(sessions({ pool: deps.database.pool, secrets: deps.sessionSecrets, isProduction: deps.isProduction, now: deps.now }));
  app.use(passport.session());
  app.use(authRoutes(deps, passport), recoveryRoutes(deps));
  app.use(demoRoutes(deps));

  const confirm = confirmRoutes(deps);
  const cache = createFigureCache();
  const explain = explainRoutes(deps, cache);
  app.use('/api', requireSignIn);
  app.use('/api/plaid', itemRoutes(deps), syncRoutes(deps));
  app.use(
    '/api',
    confirm.api,
    settingsRoutes(deps),
    mailRoutes(deps),
    alertRoutes(deps),
    reportRoutes(deps),
    exportRoutes(deps),
    liveRoutes(deps),
  );
  app.use(
    '/api/dashboard',
    dashboardRoutes(deps, cache),
    accountRoutes(deps),
    transactionRoutes(deps, cache),
    reviewRoutes(deps),
    recurringRoutes(deps),
    explain.api,
  );
  app.use('/api', rejectUnknownPath);
  if (deps.link.routes) app.use('/demo-bank', requireSignIn, ...deps.link.routes);

  app.use(PAGES.map(exactly), requireSignIn, alertBadge(deps));
  app.use(dashboardPages(deps, cache), netWorthPages(deps, cache), cashFlowPages(deps, cache), transactionPages(deps, cache));
  app.use(recurringPages(deps), portfolioPages(deps, cache), alertPages(deps), reportPages(deps));
  app.use(accountPages(deps), itemPages(deps), explain.pages, settingsPages(deps), importForm(deps), confirm.pages);
  app.use(rejectUnknownPath);
  app.use(answerErrors(deps.logger));
  return app;
}

/** Behind a proxy that is not counted everybody has the proxy's address, and shares its limits: that is said, once. */
function warnOfProxy({ trustProxyHops, logger }: Deps): RequestHandler {
  let isSaid = trustProxyHops > 0;
  return (request, _response, next) => {
    if (!isSaid && (request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined)) {
      isSaid = true;
      logger.warn('requests come through a proxy, and TRUST_PROXY_HOPS is 0: set it to the number of proxies in front of this server');
    }
    next();
  };
}

/** A page's own path, not those below it. */
const exactly = (path: string) => new RegExp(`^${path}/?$`);

function health({ isReady }: Deps): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'up' });
  });
  router.get('/readyz', async (_request, response) => {
    const ready = await isReady();
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
  });
  return router;
}
