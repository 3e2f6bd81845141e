import { describe, expect, it } from 'vitest';
import { belowPattern, covers, demandRoot, isRoot, systemScope } from '#platform/auth/scope.ts';

const scopeOf = (organisation: string) => systemScope({ organisation, permissions: [], name: 'test' });

describe('a scope', () => {
  it.each([
    ['jx.copper', 'jx.copper', true],
    ['jx.copper', 'jx.copper.mine', true],
    ['jx.copper', 'jx.copper-east', false],
    ['jx.copper', 'jx', false],
    ['jx.copper', 'jx.steel', false],
    ['jx.copper', 'yz.jx.copper', false],
    ['jx', 'jx.copper.mine', true],
    ['jx', 'jxx', false],
    ['jx', '', false],
  ])('of %s covers %s: %s', (organisation, path, covered) => {
    expect(covers(scopeOf(organisation), path)).toBe(covered);
  });

  it('has a LIKE pattern in which nothing but its end is a wildcard', () => {
    expect(belowPattern(scopeOf('jx.a_b%c\\d'))).toBe('jx.a\\_b\\%c\\\\d.%');
  });

  it('is the root only at the top of the tree', () => {
    expect([isRoot(scopeOf('jx')), isRoot(scopeOf('jx.copper'))]).toEqual([true, false]);
    expect(() => demandRoot(scopeOf('jx.copper'))).toThrow(
      expect.objectContaining({ code: 'ROOT_REQUIRED' }),
    );
  });
});
