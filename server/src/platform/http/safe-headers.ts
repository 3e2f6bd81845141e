const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'self' data:",
  "object-src 'none'",
  "frame-ancestors 'self'",
  "base-uri 'self'",
  "form-action 'self'",
].join(';');

const ALWAYS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  // the filter of old browsers does more harm than good
  'x-xss-protection': '0',
};
const WITH_TLS = {
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
};

/**
 * Security headers of every answer, the same text each time. Plain-HTTP intranets must work: nothing that asks for https unless the
 * public address is https (`tls`). Source: OWASP HTTP Headers Cheat Sheet; the values are those that helmet 8 sends.
 */
export const safeHeaders = ({ tls }: { tls: boolean }): Readonly<Record<string, string>> =>
  tls ? { ...ALWAYS, ...WITH_TLS } : ALWAYS;
