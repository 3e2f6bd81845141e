import { READ_PROBLEMS, type ReadProblem, type ReadProblemRule, type TableProfile } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat, usePick } from '../../../lib/use-format.ts';

/** What the reader put right by itself or left out on purpose: to be known, but nothing is wrong. */
const ORDINARY: ReadonlySet<ReadProblemRule> = new Set([
  'header-merged',
  'header-repeated',
  'header-empty',
  'sheet-left-out',
  'text-other-encoding',
]);
const RULES_SHOWN = 3;

/** Says over the rows what is wrong with a file and what to do, so that nobody has to find the list of problems first. */
export function LookNotice({ profile, onShow }: { profile: TableProfile; onShow: () => void }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const wrong = rulesOf(profile.problems.filter(({ rule }) => !ORDINARY.has(rule)));
  if (wrong.length === 0) return null;
  return (
    <div className="notice bad" role="alert">
      <div>
        <strong>
          {t('wizard.look.wrong', {
            count: profile.problemCount,
            formatted: format.number(profile.problemCount, 0),
          })}
        </strong>
        <ul>
          {wrong.slice(0, RULES_SHOWN).map((rule) => (
            <li key={rule}>
              {pick(READ_PROBLEMS[rule])}：{t(`wizard.look.remedies.${rule}`)}
            </li>
          ))}
        </ul>
        <button type="button" className="plain golden" onClick={onShow}>
          {t('wizard.look.showProblems')}
        </button>
      </div>
    </div>
  );
}

type WrongRule = Exclude<
  ReadProblemRule,
  'header-merged' | 'header-repeated' | 'header-empty' | 'sheet-left-out' | 'text-other-encoding'
>;
const rulesOf = (problems: readonly ReadProblem[]): WrongRule[] =>
  [...new Set(problems.map(({ rule }) => rule))] as WrongRule[];
