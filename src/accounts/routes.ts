import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../web/errors.ts';
import { idFrom, parse, textField } from '../web/parse.ts';
import { accountJson } from './present.ts';
import { type AccountSettings, listActiveAccounts, saveAccountSettings } from './store.ts';

const settings = z.strictObject({
  is_asset: z.boolean().optional(),
  is_liquid: z.boolean().optional(),
  include_in_net_worth: z.boolean().optional(),
  custom_category: textField(100).min(1, 'must not be empty').nullable().optional(),
});

/** Only what was given: an absent field is left as it is. */
function changesIn(input: z.output<typeof settings>): AccountSettings {
  return {
    ...(input.is_asset === undefined ? {} : { isAsset: input.is_asset }),
    ...(input.is_liquid === undefined ? {} : { isLiquid: input.is_liquid }),
    ...(input.include_in_net_worth === undefined ? {} : { includeInNetWorth: input.include_in_net_worth }),
    ...(input.custom_category === undefined ? {} : { customCategory: input.custom_category }),
  };
}

/** /api/dashboard/accounts */
export function accountRoutes({ database }: Deps): Router {
  const router = Router();

  router.get('/accounts', async (request, response) => {
    response.json((await listActiveAccounts(database, userOf(request).id)).map(accountJson));
  });

  router.patch('/accounts/:id', express.json(), async (request, response) => {
    const account = await saveAccountSettings(database, userOf(request).id, idFrom(request), changesIn(parse(settings, request.body)));
    if (!account) throw notFound();
    response.json({ success: true, account: accountJson(account) });
  });

  return router;
}
