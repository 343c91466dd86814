import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { confirmPassword, isConfirmed } from '../auth/confirmation.ts';
import { endSessions, listSessions } from '../auth/session-store.ts';
import { userOf } from '../auth/sign-in.ts';
import { findUser, isOwner, listAudit, recordAudit, type User } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { findLastWebhook, listItems } from '../items/store.ts';
import { dateIn } from '../lib/dates.ts';
import { DIGESTS } from '../mail/notification-settings.ts';
import { listDeliveries } from '../mail/queue.ts';
import { changeNotifications, notificationInput, secretsOf, sendConfirmation, sendTest, testInput } from '../mail/routes.ts';
import { findNotificationSettings } from '../mail/store.ts';
import { HttpError, notFound, sentenceOf, wantsJson } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import {
  addRate,
  changeEmail,
  changePassword,
  changeProfile,
  emailInput,
  invite,
  leave,
  profileInput,
  rateInput,
  removeRate,
} from './routes.ts';
import { listRates } from './store.ts';

const AUDIT_ROWS = 30;
const MESSAGE_ROWS = 20;
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const FORM_BYTES_MAX = '4kb';

const own = z.string().min(1, 'is missing').max(60);
/** An empty field of a form says that there is nothing. */
const orNothing = (value: unknown) => (value === '' ? null : value);
const orUnsaid = (value: unknown) => (value === '' ? undefined : value);
/** A number as people type it: whole groups of three may be set apart. Anything else stays as it is, to be refused rather than guessed. */
const typedNumber = (value: unknown) => {
  const text = typeof value === 'string' ? value.trim() : value;
  return typeof text === 'string' && /^\d{1,3}([,\s]\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(/[,\s]/g, '') : text;
};

const wholeNumber = (value: unknown) => (typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value);

const fields = (body: unknown): Record<string, unknown> => {
  const { form: _form, ...rest } = (body ?? {}) as Record<string, unknown>;
  return rest;
};

type Act = (deps: Deps, request: Request, response: Response) => Promise<string>;

/** What only somebody who knows the password may do: with it in the form, or after it was typed in the last ten minutes. */
async function confirmWith(deps: Deps, request: Request, password: unknown): Promise<void> {
  if (typeof password === 'string' && password !== '') await confirmPassword(deps, request, password.slice(0, 200));
  else if (!isConfirmed(deps, request))
    throw new HttpError(403, 'confirm_password', 'Please type your password too.', { fields: { password: 'is missing' } });
}

/** What the forms of the page do, each answering with what to say when it is done. */
const FORMS: Record<string, Act> = {
  profile: async (deps, request) => {
    await changeProfile(deps, userOf(request).id, parse(profileInput.pick({ name: true, time_zone: true }), fields(request.body)));
    return 'saved';
  },
  money: async (deps, request) => {
    const { net_worth_goal, ...rest } = fields(request.body);
    const goal = orNothing(typedNumber(net_worth_goal));
    const input = parse(profileInput.pick({ base_currency: true, net_worth_goal: true }), { ...rest, net_worth_goal: goal });
    await changeProfile(deps, userOf(request).id, input);
    return 'saved';
  },
  rate: async (deps, request) => {
    const { effective_on, rate, ...rest } = fields(request.body);
    await addRate(deps, userOf(request), parse(rateInput, { ...rest, rate: typedNumber(rate), effective_on: orUnsaid(effective_on) }));
    return 'rate-saved';
  },
  remove_rate: async (deps, request) => {
    const { id } = parse(z.strictObject({ id: z.uuid('is not one of yours') }), fields(request.body));
    await removeRate(deps, userOf(request).id, id);
    return 'rate-removed';
  },
  notifications: async (deps, request) => {
    const { urgent_email, report_email, ...rest } = fields(request.body);
    const numbers = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, name === 'digest' ? value : wholeNumber(value)]));
    const input = parse(notificationInput, { ...numbers, urgent_email: urgent_email === 'on', report_email: report_email === 'on' });
    await changeNotifications(deps, userOf(request).id, input);
    return 'saved';
  },
  outgoing: async (deps, request) => {
    const { ntfy_token, forget_ntfy_token, password, ...addresses } = fields(request.body);
    await confirmWith(deps, request, password);
    const texts = Object.fromEntries(Object.entries(addresses).map(([name, value]) => [name, orNothing(value)]));
    // A token is not shown again: an empty field leaves it as it is.
    const token = forget_ntfy_token === 'on' ? { ntfy_token: null } : ntfy_token === '' || ntfy_token === undefined ? {} : { ntfy_token };
    await changeNotifications(deps, userOf(request).id, parse(notificationInput, { ...texts, ...token }));
    return 'saved';
  },
  confirm_email: async (deps, request) => {
    parse(z.strictObject({}), fields(request.body));
    await sendConfirmation(deps, userOf(request));
    return 'link-sent';
  },
  test_message: async (deps, request) => {
    await sendTest(deps, userOf(request), parse(testInput, fields(request.body)).channel);
    return 'test-sent';
  },
  password: async (deps, request, response) => {
    const input = parse(z.strictObject({ current_password: own.max(200), new_password: z.string().max(200) }), fields(request.body));
    await changePassword(deps, request, response, input);
    return 'password-changed';
  },
  email: async (deps, request) => {
    const { password, ...input } = fields(request.body);
    const { email } = parse(emailInput, input);
    await confirmWith(deps, request, password);
    return (await changeEmail(deps, userOf(request), email)) ? 'email-changed' : 'email-asked';
  },
  end_session: async ({ database }, request) => {
    const { id } = parse(z.strictObject({ id: own }), fields(request.body));
    const user = userOf(request);
    if ((await endSessions(database, user.id, request.sessionID, id)) === 0) throw notFound();
    await recordAudit(database, user.id, 'end_session');
    return 'session-ended';
  },
  end_other_sessions: async ({ database }, request) => {
    parse(z.strictObject({}), fields(request.body));
    const user = userOf(request);
    await endSessions(database, user.id, request.sessionID, null);
    await recordAudit(database, user.id, 'end_other_sessions');
    return 'sessions-ended';
  },
};

/** What fields are called on the page. */
const LABELS: Record<string, string> = {
  name: 'Name',
  time_zone: 'Time zone',
  base_currency: 'Base currency',
  net_worth_goal: 'Net worth goal',
  currency: 'Currency',
  rate: 'The rate',
  effective_on: 'The day',
  email: 'The address',
  current_password: 'The current password',
  new_password: 'The new password',
  password: 'The password',
  ntfy_url: 'The ntfy topic',
  ntfy_token: 'The ntfy access token',
  webhook_url: 'The webhook',
  channel: 'This way',
};

/** What is said after a form was sent, by the word in the address. */
const DONE = new Map(
  Object.entries({
    saved: 'Saved.',
    'link-sent': 'The link is on its way to your address.',
    'test-sent': 'A test is on its way. It shows below.',
    'rate-saved': 'The rate is saved, and the figures follow it.',
    'rate-removed': 'The rate is removed, and the figures follow.',
    'password-changed': 'The password is changed, and you are signed out everywhere else.',
    'email-changed': 'The address is changed.',
    'email-asked': 'Open the link in the message at your new address: from then on you sign in with it.',
    'session-ended': 'That device is signed out.',
    'sessions-ended': 'All other devices are signed out.',
  }),
);

const AUDIT_WORDS: Record<string, string> = {
  register: 'Account created',
  sign_in: 'Signed in',
  link: 'Linked',
  remove: 'Removed',
  export: 'Exported everything',
  import: 'Brought an export in',
  mute_alerts: 'Silenced alerts about something',
  change_settings: 'Changed settings',
  change_password: 'Changed the password',
  reset_link: 'A link for a new password was made by whoever runs the server',
  reset_password: 'Chose a new password by e-mail',
  change_email: 'Changed the address',
  undo_email: 'Undid a change of the address',
  invite: 'Invited somebody',
  sign_in_failed: 'A sign-in failed',
  wrong_password: 'Typed a wrong password',
  end_session: 'Signed a device out',
  end_other_sessions: 'Signed all other devices out',
};

/** The page of settings; its forms work without scripts. */
export function settingsPages(deps: Deps): Router {
  const { database, now, plaidSetup } = deps;
  const router = Router();

  /** The page; with a failure it shows again what was sent, and what was wrong with it. */
  const show = async (request: Request, response: Response, failed?: { form: string; failure: HttpError }, invitationUrl?: string) => {
    const user = (await findUser(database, userOf(request).id)) as User;
    const [rates, sessions, audit, items, lastWebhook, notifications, messages] = await Promise.all([
      listRates(database, user.id),
      listSessions(database, user.id, request.sessionID),
      listAudit(database, user.id, AUDIT_ROWS),
      listItems(database, user.id),
      findLastWebhook(database, user.id),
      findNotificationSettings(database, user.id),
      listDeliveries(database, user.id, MESSAGE_ROWS),
    ]);
    const sent = failed ? (fields(request.body) as Record<string, string>) : {};
    response.status(failed?.failure.status ?? 200).render('settings/index', {
      title: 'Settings',
      path: '/settings',
      user,
      now: now(),
      today: dateIn(user.timeZone, now()),
      done: failed ? null : (DONE.get(String(request.query.done)) ?? null),
      failed: failed && { form: failed.form, message: sentenceOf(failed.failure, LABELS), fields: failed.failure.fields ?? {} },
      /** What a field shows: what was just sent in its form, else what is stored. */
      shown: (form: string, name: string, stored: string) => (failed?.form === form ? String(sent[name] ?? '') : stored),
      timeZones: [...new Set([user.timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])],
      currencies: [...new Set([user.baseCurrency, ...Intl.supportedValuesOf('currency')])].sort(),
      rates: rates.filter((rate) => rate.baseCurrency === user.baseCurrency),
      otherRates: rates.filter((rate) => rate.baseCurrency !== user.baseCurrency).length,
      sessions,
      audit: audit.map((entry) => ({ ...entry, words: AUDIT_WORDS[entry.action] ?? entry.action })),
      itemCount: items.length,
      isConfirmed: isConfirmed(deps, request),
      canInvite: deps.registration === 'invite' && (await isOwner(database.pool, user.id)),
      invitationUrl: invitationUrl ?? null,
      notifications,
      secrets: secretsOf(deps, user.id, notifications),
      hasMailServer: deps.hasMailServer,
      digests: DIGESTS,
      weekdays: WEEKDAYS,
      hours: Array.from({ length: 24 }, (_none, hour) => hour),
      messages,
      readiness: readinessOf(plaidSetup, lastWebhook, items.length),
    });
  };

  router.get('/settings', (request, response) => show(request, response));

  router.post(
    '/settings',
    express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, parameterLimit: 12 }),
    async (request, response) => {
      const { form } = (request.body ?? {}) as { form?: unknown };
      const name = typeof form === 'string' ? form : '';
      try {
        if (name === 'delete') {
          const { password } = parse(z.strictObject({ password: z.string().max(200).optional() }), fields(request.body));
          await leave(deps, request, response, password);
          response.redirect(303, '/login');
          return;
        }
        if (name === 'invite') {
          const { password } = parse(z.strictObject({ password: z.string().max(200).optional() }), fields(request.body));
          await confirmWith(deps, request, password);
          return await show(request, response, undefined, await invite(deps, userOf(request)));
        }
        const act = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
        if (!act)
          throw new HttpError(400, 'invalid_input', 'form: is not one of this page', { fields: { form: 'is not one of this page' } });
        response.redirect(303, `/settings?done=${await act(deps, request, response)}`);
      } catch (error) {
        if (!(error instanceof HttpError) || error.status === 404 || wantsJson(request)) throw error;
        await show(request, response, { form: name, failure: error });
      }
    },
  );

  return router;
}

interface Readiness {
  label: string;
  isGood: boolean;
  text: string;
}

/** Whether everything is there that linking and syncing need, and what to set when not. */
function readinessOf({ environment, webhookUrl, redirectUri }: Deps['plaidSetup'], lastWebhook: Date | null, items: number): Readiness[] {
  const [webhook, redirect] = [webhookUrl(), redirectUri()];
  const environments = {
    demo: 'The demo bank: made-up institutions on this machine. Set PLAID_CLIENT_ID and PLAID_SECRET for real ones.',
    sandbox: 'Plaid’s sandbox: made-up banks. Set PLAID_ENV=production for real ones.',
    production: 'Production: real banks.',
  };
  return [
    { label: 'Environment', isGood: true, text: environments[environment] },
    { label: 'Keys', isGood: true, text: environment === 'demo' ? 'None are needed for the demo bank.' : 'Client id and secret are set.' },
    webhook
      ? {
          label: 'Webhook',
          isGood: lastWebhook !== null || items === 0,
          text: `${webhook}${lastWebhook === null ? (items === 0 ? ', to be told of news.' : ': nothing has come yet. Is it reachable from outside?') : ''}`,
        }
      : {
          label: 'Webhook',
          isGood: false,
          text: 'Plaid cannot reach this server: news is fetched a few times a day. Set APP_URL to its https address, or PLAID_WEBHOOK_URL.',
        },
    redirect
      ? { label: 'Redirect address', isGood: true, text: redirect }
      : {
          label: 'Redirect address',
          isGood: environment !== 'production',
          text: 'None: banks that sign people in on their own pages cannot be linked. Set PLAID_REDIRECT_URI to an address that is registered with Plaid.',
        },
  ];
}
