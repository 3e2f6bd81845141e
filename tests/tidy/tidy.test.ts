import { join } from 'node:path';
import {
  BUILT_IN_ROLES,
  ERROR_CODES,
  ERRORS,
  EVENTS,
  PERMISSION_NAMES,
  PERMISSIONS,
} from '@ronghe/contracts';
import { describe, expect, test } from 'vitest';
import { ConfigSchema } from '../../server/src/platform/config/config.ts';
import { houseAt, type Rule } from './house.ts';
import {
  errorCodesAreUsed,
  errorTexts,
  eventsArePublished,
  routesAskForPermissions,
  routesOf,
  settingsAreDocumented,
  textsAreBilingual,
} from './rules/catalogs.ts';
import { timeIsHandedIn } from './rules/clocks.ts';
import {
  connectorsAreComplete,
  domainsTellTheSame,
  featuresHaveKnownRoles,
  filesAreSmall,
} from './rules/folders.ts';
import { lockKeepsTheFloor, packagesAreExplained } from './rules/lock.ts';
import { storesAskForScope } from './rules/scopes.ts';
import { sqlTextBindsItsValues, tablesHaveOneOwner } from './rules/tables.ts';
import {
  glossaryIsOrdered,
  linksLeadSomewhere,
  noMachineIsNamed,
  nothingIsLeftOver,
  readmesTellTheSame,
  wordsAreThoseOfTheGlossary,
} from './rules/texts.ts';

const house = houseAt(join(import.meta.dirname, '../..'));
const EVENT_NAMES = Object.keys(EVENTS);

const RULES: Readonly<Record<string, Rule>> = {
  'a store names only tables of its own word': tablesHaveOneOwner,
  'a store asks for the scope first': storesAskForScope,
  'SQL text binds its values': sqlTextBindsItsValues,
  'every error code is raised somewhere': (at) => errorCodesAreUsed(at, ERROR_CODES),
  'every error speaks both languages': () => textsAreBilingual('contracts/src/errors.ts', errorTexts(ERRORS)),
  'every permission and role has both names': () => [
    ...textsAreBilingual('contracts/src/permissions.ts', PERMISSIONS),
    ...Object.entries(BUILT_IN_ROLES).flatMap(([key, { name }]) =>
      textsAreBilingual('contracts/src/permissions.ts', { [key]: name }),
    ),
  ],
  'every event has both names': () => textsAreBilingual('contracts/src/events.ts', EVENTS),
  'every event is published': (at) => eventsArePublished(at, EVENT_NAMES),
  'every route asks for a permission, and every permission is asked for': (at) =>
    routesAskForPermissions(at, PERMISSION_NAMES),
  'every setting is in the reference': (at) => settingsAreDocumented(at, Object.keys(ConfigSchema.shape)),
  'every domain tells the same about itself': domainsTellTheSame,
  'every connector folder is complete': connectorsAreComplete,
  'features are made of known roles': featuresHaveKnownRoles,
  'no note of unfinished work is left': nothingIsLeftOver,
  'no machine and no registry is named': noMachineIsNamed,
  'a collector is handed its time': timeIsHandedIn,
  'files stay small': filesAreSmall,
  'the glossary has one word for one thing': glossaryIsOrdered,
  'one word for one thing': wordsAreThoseOfTheGlossary,
  'links lead somewhere': linksLeadSomewhere,
  'both READMEs have the same headings': readmesTellTheSame,
  'every package that is shipped is explained': packagesAreExplained,
  'every locked package runs on the oldest Node we promise': (at) =>
    lockKeepsTheFloor(at.text('package-lock.json'), {
      // Loaded only when Kafka is configured; run on Node 20.20 against a Kafka (see decision 011).
      '@platformatic/kafka': 'wants 20.19.4, a patch of the same Node',
      '@platformatic/dynamic-buffer': 'part of it; says 22.19 and uses nothing newer than Node 20',
      '@platformatic/wasm-utils': 'part of it; says 22.19 and uses nothing newer than Node 20',
    }),
};

describe('the house is tidy', () => {
  test.for(Object.entries(RULES))('%s', ([, rule]) => {
    expect(rule(house)).toEqual([]);
  });

  test('the rules look at a house, not at an empty folder', () => {
    expect(house.files.length).toBeGreaterThan(100);
    expect(house.files.filter((path) => path.endsWith('.store.ts')).length).toBeGreaterThan(5);
    expect(routesOf(house).length).toBeGreaterThan(20);
  });
});
