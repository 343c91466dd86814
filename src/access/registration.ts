import { findLink, useLink } from '../auth/one-time-link-store.ts';
import { findUser, hasPeople, insertUser, type NewUser, releaseAddress, type User } from '../auth/store.ts';
import type { Queryable } from '../database/client.ts';
import type { Deps } from '../deps.ts';
import { HttpError } from '../web/errors.ts';

/** Two who are the first at the same time are told apart. */
const REGISTRATION_LOCK = 7_233_043;

/** What somebody who wants to register holds: an invitation, or the proof that an address is theirs. */
export interface Permit {
  invitation?: string | undefined;
  claim?: string | undefined;
}

const closed = () => new HttpError(403, 'registration_closed', 'New accounts are not taken here at the moment.');

/** Whether an account could be created now. */
export async function isRegistrationOpen(client: Queryable, mode: Deps['registration'], permit: Permit = {}): Promise<boolean> {
  if (permit.claim !== undefined && (await findLink(client, 'claim_email', permit.claim)) !== null) return true;
  if (mode === 'open' || mode === 'closed') return mode === 'open';
  if (!(await hasPeople(client))) return true;
  return mode === 'invite' && permit.invitation !== undefined && (await findLink(client, 'invitation', permit.invitation)) !== null;
}

/**
 * Creates an account, if that is allowed; an invitation or a claim is used up by it.
 * @returns null when somebody has the address @throws HttpError 403 when no accounts are taken
 */
export async function registerUser({ database, registration }: Deps, user: NewUser, permit: Permit): Promise<User | null> {
  const id = await database
    .transaction(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [REGISTRATION_LOCK]);
      // A claim is for its own address and lets nobody in with another one.
      const claim = permit.claim !== undefined && (await addressOfClaim(client, permit.claim)) === user.email ? permit.claim : undefined;
      if (!(await isRegistrationOpen(client, registration, { ...permit, claim }))) throw closed();
      if (claim !== undefined) {
        await useLink(client, 'claim_email', claim);
        await releaseAddress(client, user.email);
      }
      const created = await insertUser(client, { ...user, isEmailConfirmed: claim !== undefined });
      // What was used is good again when nothing came of it: the whole is undone.
      if (created === null) throw new TakenAddress();
      if (permit.invitation !== undefined) await useLink(client, 'invitation', permit.invitation);
      return created;
    })
    .catch((error: unknown) => {
      if (error instanceof TakenAddress) return null;
      throw error;
    });
  return id === null ? null : findUser(database, id);
}

class TakenAddress extends Error {}

/** The address that a claim is for; null when it is good no more. */
export const addressOfClaim = async (client: Queryable, token: string): Promise<string | null> =>
  (await findLink(client, 'claim_email', token))?.email ?? null;
