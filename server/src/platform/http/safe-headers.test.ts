import { expect, it } from 'vitest';
import { safeHeaders } from './safe-headers.ts';

it('sends scripts, frames and forms nowhere, and asks for https only where there is https', () => {
  const plain = safeHeaders({ tls: false });
  expect(plain['content-security-policy']).toBe(
    "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data: blob:;connect-src 'self';font-src 'self' data:;object-src 'none';frame-ancestors 'self';base-uri 'self';form-action 'self'",
  );
  expect(Object.keys(plain).filter((name) => /transport|opener|agent/.test(name))).toEqual([]);
  expect(safeHeaders({ tls: true })).toMatchObject({
    ...plain,
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'cross-origin-opener-policy': 'same-origin',
  });
});
