import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Database } from '../database/client.ts';
import { findItem } from '../items/store.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { idFrom, parse } from '../web/parse.ts';
import { type BankError, LOGIN_REQUIRED } from './bank-item.ts';
import type { Bank } from './protocol.ts';

const DOWN: BankError = {
  error_type: 'INSTITUTION_ERROR',
  error_code: 'INSTITUTION_DOWN',
  error_message: 'this institution is not currently responding to requests',
  display_message: null,
};

const ACTS = ['ask_for_login', 'add_purchase', 'add_pending', 'post_pending', 'go_down', 'come_back'] as const;
const wish = z.strictObject({ act: z.enum(ACTS, `must be one of ${ACTS.join(', ')}`) });
const ENTRY_OF_ACT = { add_purchase: 'purchase', add_pending: 'pending', post_pending: 'post' } as const;

/** Lets a visitor of the demonstration make things happen at the bank, to see how the dashboard takes them. */
export function demoControlRoutes(bank: Bank, database: Database): Router {
  const router = Router();

  router.post('/items/:id/act', express.json({ limit: '2kb' }), async (request, response) => {
    const user = userOf(request);
    const stored = user.isDemo ? await findItem(database, user.id, idFrom(request)) : null;
    const item = [...bank.items.values()].find(({ itemId }) => itemId === stored?.itemId);
    if (!item) throw notFound();
    const { act } = parse(wish, request.body ?? {});
    if (act === 'ask_for_login') {
      item.error = LOGIN_REQUIRED;
      bank.save();
      await bank.signer.send(item, 'ITEM', 'ERROR', { error: { ...LOGIN_REQUIRED, status: 400 } });
    } else if (act === 'go_down' || act === 'come_back') {
      item.outage = act === 'go_down' ? DOWN : null;
      bank.save();
      await bank.signer.send(item, 'TRANSACTIONS', 'SYNC_UPDATES_AVAILABLE', {
        initial_update_complete: true,
        historical_update_complete: true,
      });
    } else if (!item.act?.(ENTRY_OF_ACT[act])) {
      throw new HttpError(409, 'not_possible', act === 'post_pending' ? 'Nothing is pending.' : 'The bank is still preparing its history.');
    }
    response.json({ success: true });
  });

  return router;
}
