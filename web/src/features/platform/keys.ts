import type { ApiKey, ApiKeyPatch, NewApiKey, Permission } from '@ronghe/contracts';
import type { Dayjs } from 'dayjs';
import { TIME_ZONE } from '../../lib/format.ts';

const DAY_MS = 86_400_000;
/** Days before its end from which a key is shown as ending soon. */
const ENDS_SOON_DAYS = 14;

export type KeyState = 'active' | 'ending' | 'expired' | 'revoked';

/** How a key stands at a time in milliseconds, and the whole days until its end (null: it has none). */
export function stateOf(apiKey: ApiKey, nowMs: number): { state: KeyState; daysLeft: number | null } {
  const leftMs = apiKey.expiresAt === null ? null : Date.parse(apiKey.expiresAt) - nowMs;
  const daysLeft = leftMs === null ? null : Math.max(0, Math.ceil(leftMs / DAY_MS));
  if (apiKey.revokedAt !== null) return { state: 'revoked', daysLeft };
  if (leftMs === null || daysLeft === null) return { state: 'active', daysLeft };
  if (leftMs <= 0) return { state: 'expired', daysLeft };
  return { state: daysLeft <= ENDS_SOON_DAYS ? 'ending' : 'active', daysLeft };
}

/** The secret before the last rotation, while it still works. */
export function previousOf(apiKey: ApiKey, nowMs: number): ApiKey['previous'] {
  const { previous, revokedAt } = apiKey;
  return previous !== null && revokedAt === null && Date.parse(previous.until) > nowMs ? previous : null;
}

export type KeyValues = {
  name: string;
  organisation: string;
  description?: string;
  application?: string;
  addresses?: string[];
  permissions: Permission[];
  expires?: Dayjs | null;
};

/** What is sent for a new key. */
export const newKeyOf = (values: KeyValues): NewApiKey => ({
  ...termsOf(values),
  organisation: values.organisation,
});

/** What is sent to change a key. The end keeps its hour while its day stays the same. */
export function changeOf(values: KeyValues, before: ApiKey): ApiKeyPatch {
  const terms = termsOf(values);
  const sameDay = before.expiresAt !== null && values.expires?.format(DAY_FORMAT) === dayOf(before.expiresAt);
  return sameDay ? { ...terms, expiresAt: before.expiresAt } : terms;
}

const DAY_FORMAT = 'YYYY-MM-DD';
/** The day of a moment as the portal shows it, wherever the reader sits. */
export const dayOf = (instant: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: TIME_ZONE }).format(new Date(instant));
const endOf = (day: string): string => new Date(`${day}T23:59:59+08:00`).toISOString();

const termsOf = (values: KeyValues) => ({
  name: values.name,
  description: values.description?.trim() ?? '',
  application: values.application?.trim() || null,
  allowedAddresses: (values.addresses ?? []).map((address) => address.trim()).filter(Boolean),
  permissions: values.permissions,
  expiresAt: values.expires ? endOf(values.expires.format(DAY_FORMAT)) : null,
});

/** Names of the applications that keys are for, in order. */
export const applicationsOf = (keys: readonly ApiKey[]): string[] =>
  [...new Set(keys.flatMap(({ application }) => application ?? []))].sort((a, b) => a.localeCompare(b));
