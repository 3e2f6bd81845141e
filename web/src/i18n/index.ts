import type { Locale } from '@ronghe/contracts';
import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { collectEn, collectZh } from './collect.ts';
import { commonEn, commonZh } from './common.ts';
import { fleetEn, fleetZh } from './fleet.ts';
import { fuseEn, fuseZh } from './fuse.ts';
import { ingestEn, ingestZh } from './ingest.ts';
import { intakeEn, intakeZh } from './intake.ts';
import type { lateZh } from './late/index.ts';
import { ledgerEn, ledgerZh } from './ledger.ts';
import { platformEn, platformZh } from './platform.ts';
import { provinceEn, provinceZh } from './province.ts';
import { referenceEn, referenceZh } from './reference.ts';
import type { Shape } from './shape.ts';

/** Every text of the portal; Chinese is the source, English has the same keys or does not compile. */
export const zh = {
  ...commonZh,
  platform: platformZh,
  collect: collectZh,
  fleet: fleetZh,
  ingest: ingestZh,
  intake: intakeZh,
  ledger: ledgerZh,
  fuse: fuseZh,
  province: provinceZh,
  reference: referenceZh,
};
export const en: Shape<typeof zh> = {
  ...commonEn,
  platform: platformEn,
  collect: collectEn,
  fleet: fleetEn,
  ingest: ingestEn,
  intake: intakeEn,
  ledger: ledgerEn,
  fuse: fuseEn,
  province: provinceEn,
  reference: referenceEn,
};

/** A translator that starts in the given language. */
export function createTranslator(locale: Locale): i18n {
  const translator = createInstance();
  void translator.use(initReactI18next).init({
    lng: locale,
    fallbackLng: 'zh-CN',
    resources: { 'zh-CN': { translation: zh }, en: { translation: en } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  return translator;
}

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof zh & typeof lateZh };
  }
}
