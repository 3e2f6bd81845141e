import type { i18n } from 'i18next';
import type { Shape } from '../shape.ts';
import { alertRulesEn, alertRulesZh } from './alert-rules.ts';
import { alertsEn, alertsZh } from './alerts.ts';
import { channelsEn, channelsZh } from './channels.ts';
import { explorerEn, explorerZh } from './explorer.ts';
import { goldenEn, goldenZh } from './golden.ts';
import { indicatorsEn, indicatorsZh } from './indicators.ts';
import { matchingEn, matchingZh } from './matching.ts';
import { policiesEn, policiesZh } from './policies.ts';
import { qualityEn, qualityZh } from './quality.ts';
import { relationsEn, relationsZh } from './relations.ts';
import { requestsEn, requestsZh } from './requests.ts';
import { runEn, runZh } from './run.ts';
import { shareEn, shareZh } from './share.ts';
import { sourceEn, sourceZh } from './source.ts';
import { studioEn, studioZh } from './studio.ts';
import { thingsEn, thingsZh } from './things.ts';
import { usageEn, usageZh } from './usage.ts';
import { wizardEn, wizardZh } from './wizard.ts';

/** Texts that come with the pages that need them, so that the first page of the portal does not wait for them. */
export const lateZh = {
  wizard: wizardZh,
  studio: studioZh,
  source: sourceZh,
  run: runZh,
  board: qualityZh,
  indicators: indicatorsZh,
  golden: goldenZh,
  relations: relationsZh,
  things: thingsZh,
  matching: matchingZh,
  share: shareZh,
  policies: policiesZh,
  requests: requestsZh,
  explorer: explorerZh,
  usage: usageZh,
  alerts: alertsZh,
  alertRules: alertRulesZh,
  channels: channelsZh,
};
export const lateEn: Shape<typeof lateZh> = {
  wizard: wizardEn,
  studio: studioEn,
  source: sourceEn,
  run: runEn,
  board: qualityEn,
  indicators: indicatorsEn,
  golden: goldenEn,
  relations: relationsEn,
  things: thingsEn,
  matching: matchingEn,
  share: shareEn,
  policies: policiesEn,
  requests: requestsEn,
  explorer: explorerEn,
  usage: usageEn,
  alerts: alertsEn,
  alertRules: alertRulesEn,
  channels: channelsEn,
};

/** Makes the late texts known to a translator; a second time changes nothing. */
export function addLateTexts(translator: i18n): void {
  translator.addResourceBundle('zh-CN', 'translation', lateZh, true, true);
  translator.addResourceBundle('en', 'translation', lateEn, true, true);
}
