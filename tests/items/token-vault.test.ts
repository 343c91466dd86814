import { describe, expect, it } from 'vitest';
import { createTokenVault } from '../../src/items/token-vault.ts';

const [OLD, NEW] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];
const OWNER = { userId: 'u1', itemId: 'i1' };

describe('a sealed token', () => {
  const vault = createTokenVault([OLD]);
  const sealed = vault.seal('access-token', OWNER);

  it('opens for its owner, with a key added since', () => {
    expect(sealed).not.toContain('access-token');
    expect(vault.open(sealed, OWNER)).toBe('access-token');
    expect(createTokenVault([NEW, OLD]).open(sealed, OWNER)).toBe('access-token');
    expect(vault.seal('access-token', OWNER)).not.toBe(sealed);
  });

  it('does not open elsewhere, without its key, or changed', () => {
    expect(() => vault.open(sealed, { ...OWNER, userId: 'u2' })).toThrow();
    expect(() => vault.open(sealed, { ...OWNER, itemId: 'i2' })).toThrow();
    expect(() => createTokenVault([NEW]).open(sealed, OWNER)).toThrow(/not in ENCRYPTION_KEYS/);
    const parts = sealed.split('.');
    parts[3] = Buffer.from('other').toString('base64url');
    expect(() => vault.open(parts.join('.'), OWNER)).toThrow();
    expect(() => vault.open('plain token', OWNER)).toThrow(/Not a sealed token/);
  });
});
