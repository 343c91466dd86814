import express, { Router } from 'express';
import { z } from 'zod';
import { userOf } from '../auth/sign-in.ts';
import type { Deps } from '../deps.ts';
import { HttpError, notFound } from '../web/errors.ts';
import { idFrom, parse, textField } from '../web/parse.ts';
import { answerTwins, listCountedOnce, listToldApart, listTwins } from './duplicate-store.ts';
import { accountJson, twinPairJson } from './present.ts';
import { type AccountSettings, listActiveAccounts, saveAccountSettings } from './store.ts';

const settings = z.strictObject({
  is_asset: z.boolean().optional(),
  is_liquid: z.boolean().optional(),
  include_in_net_worth: z.boolean().optional(),
  custom_category: textField(100).min(1, 'must not be empty').nullable().optional(),
});

const ownAccount = z.uuid('is not one of yours');
export const twinAnswer = z
  .strictObject({
    first: ownAccount,
    second: ownAccount,
    answer: z.enum(['same', 'different', 'unanswered'], 'must be one of same, different, unanswered'),
    /** Which of the two counts; asked for with `same` only. */
    keep: ownAccount.optional(),
  })
  .refine((input) => input.answer !== 'same' || input.keep === input.first || input.keep === input.second, {
    path: ['keep'],
    message: 'must be one of the two',
  });

/** Saves what a person says of two accounts that look like one. @throws HttpError 404 when one is not theirs, 409 when it cannot be. */
export async function saveTwinAnswer(
  { database, refreshFigures }: Deps,
  userId: string,
  { first, second, answer, keep }: z.output<typeof twinAnswer>,
): Promise<void> {
  const saved = await answerTwins(database, userId, [first, second], answer === 'same' ? { keep: keep as string } : answer);
  if (saved === 'not_found') throw notFound();
  if (saved === 'not_possible') {
    throw new HttpError(
      409,
      'not_possible',
      'The account that is to count is closed, or counts through another one itself. Choose the other.',
    );
  }
  await refreshFigures(userId);
}

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
export function accountRoutes(deps: Deps): Router {
  const { database } = deps;
  const router = Router();

  router.get('/accounts', async (request, response) => {
    response.json((await listActiveAccounts(database, userOf(request).id)).map(accountJson));
  });

  router.get('/accounts/duplicates', async (request, response) => {
    const { id } = userOf(request);
    const [open, countedOnce, apart] = await Promise.all([
      listTwins(database, id),
      listCountedOnce(database, id),
      listToldApart(database, id),
    ]);
    response.json({
      open: open.map(twinPairJson),
      counted_once: countedOnce.map(({ account, countedAs }) => ({ account: accountJson(account), counted_as: accountJson(countedAs) })),
      different: apart.map((pair) => pair.map(accountJson)),
    });
  });

  router.post('/accounts/duplicates', express.json(), async (request, response) => {
    await saveTwinAnswer(deps, userOf(request).id, parse(twinAnswer, request.body));
    response.json({ success: true });
  });

  router.patch('/accounts/:id', express.json(), async (request, response) => {
    const account = await saveAccountSettings(database, userOf(request).id, idFrom(request), changesIn(parse(settings, request.body)));
    if (!account) throw notFound();
    response.json({ success: true, account: accountJson(account) });
  });

  return router;
}
