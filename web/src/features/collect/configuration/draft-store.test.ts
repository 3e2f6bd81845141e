import { afterEach, expect, test } from 'vitest';
import { draftOwner, forgetDraft, holdDraft, keepable, readDraft, storeDraft } from './draft-store.ts';

const PROTOCOLS = {
  opcua: {
    type: 'object',
    properties: {
      security: {
        type: 'object',
        properties: { username: { type: 'string' }, password: { type: 'string', secret: true } },
      },
    },
  },
};
const draft = {
  base: 3,
  changedAt: 1,
  lost: [],
  connections: [
    { name: 'one', protocol: 'opcua', security: { username: 'me', password: 'very-secret-word' } },
    { name: 'two', protocol: 'opcua', security: { password: 'sealed:keep' } },
  ],
};
const OWNER = draftOwner('user-1', 'gateway');

afterEach(() => forgetDraft(OWNER));

test('what the browser keeps has no secret in the clear, and tells where one is missing', () => {
  expect(storeDraft(OWNER, draft, PROTOCOLS)).toBe(true);
  const text = JSON.stringify(Object.entries(localStorage));
  expect(text).not.toContain('very-secret-word');
  expect(text).toContain('sealed:keep');
  expect(readDraft(OWNER)).toEqual({
    ...draft,
    lost: ['connections[0].security.password'],
    connections: [{ name: 'one', protocol: 'opcua', security: { username: 'me' } }, draft.connections[1]],
  });
});

test('while the page lives the draft is whole, and nobody else’s', () => {
  holdDraft(OWNER, draft);
  expect(readDraft(OWNER)).toBe(draft);
  expect(readDraft(draftOwner('user-2', 'gateway'))).toBeNull();
  expect(JSON.stringify(Object.entries(localStorage))).not.toContain('very-secret-word');
  forgetDraft(OWNER);
  expect(readDraft(OWNER)).toBeNull();
});

test('a text that is no draft is none', () => {
  localStorage.setItem(`ronghe.draft.${OWNER}`, '{"base":"x"}');
  expect(readDraft(OWNER)).toBeNull();
});

test('secrets that were missing before stay told', () => {
  const again = keepable({ ...draft, lost: ['connections[1].token'] }, PROTOCOLS);
  expect(again.lost).toEqual(['connections[1].token', 'connections[0].security.password']);
});
