import { hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { hashPassword, isOutdated, isWeak, passwordFits } from '#platform/auth/password.ts';

describe('a password', () => {
  it.each([
    ['eleven characters', 'aB3$efgh1jk', true],
    ['twelve characters', 'aB3$efgh1jkl', false],
    ['twelve Chinese characters', '江西省工业大数据融合平台', false],
    ['the user name inside, in other case', 'My-Zhang.San-2026', true],
    ['few different characters', 'abababababababab', true],
    ['a common one', 'Password1234', true],
    ['a common one with signs', 'P-a-ssword1234!', true],
    ['a phrase', 'correct-horse-battery', false],
  ])('with %s is weak: %#', (_what, password, weak) => {
    expect(isWeak(password, 'zhang.san')).toBe(weak);
  });

  it('is kept as argon2id with 19 MiB, two passes and one lane, and fits only itself', async () => {
    const kept = await hashPassword('correct-horse-battery');
    expect(kept).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(isOutdated(kept)).toBe(false);
    expect(await passwordFits(kept, 'correct-horse-battery')).toBe(true);
    expect(await passwordFits(kept, 'correct-horse-batterz')).toBe(false);
    expect(await passwordFits('not a hash', 'correct-horse-battery')).toBe(false);
  });

  it('hashed with weaker parameters is to be renewed', async () => {
    expect(isOutdated(await hash('x', { memoryCost: 4096, timeCost: 1, parallelism: 1 }))).toBe(true);
  });
});
