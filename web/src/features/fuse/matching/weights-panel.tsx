import type { MatchModel } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../components/page.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { Axis, StepPicture } from './step-picture.tsx';
import { useShare } from './verdict-tag.tsx';
import { type Scale, scaleOf, signed } from './waterfall-steps.ts';
import './waterfall.css';
import './model.css';

/** What each level of each comparison weighs, as bars that go both ways, with the shares the weights come from. */
export function WeightsPanel({ model }: { model: MatchModel }) {
  const { t } = useTranslation();
  const format = useFormat();
  const pick = usePick();
  const scale = scaleOf(model.comparisons.flatMap(({ levels }) => levels.map(({ weight }) => weight)));
  const title = t('matching.model.weightsOf', { version: model.version });
  return (
    <Panel title={title}>
      <div className="stack weights">
        <p className="faint">
          {t('matching.model.weightsLead', { prior: signed(model.prior, format.number) })}
        </p>
        <table aria-label={title}>
          <thead>
            <tr>
              <th scope="col" className="weights-level">
                {t('matching.model.level')}
              </th>
              <th scope="col" className="waterfall-picture">
                <span className="visually-hidden">{t('matching.model.weightsPicture')}</span>
                <Axis scale={scale} />
              </th>
              <th scope="col" className="end weights-figure">
                {t('matching.weight')}
              </th>
              <th scope="col" className="end weights-figure weights-share">
                {t('matching.model.m')}
              </th>
              <th scope="col" className="end weights-figure weights-share">
                {t('matching.model.u')}
              </th>
            </tr>
          </thead>
          {model.comparisons.map((comparison) => (
            <tbody key={comparison.name}>
              <tr className="weights-group">
                <th scope="rowgroup" colSpan={3}>
                  {pick(comparison.title)}
                </th>
                <td colSpan={2} className="weights-share" />
              </tr>
              {comparison.levels.map((level) => (
                <Level key={level.level} level={level} scale={scale} />
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </Panel>
  );
}

type LevelProps = { level: MatchModel['comparisons'][number]['levels'][number]; scale: Scale };
function Level({ level, scale }: LevelProps) {
  const pick = usePick();
  const format = useFormat();
  const share = useShare();
  return (
    <tr>
      <th scope="row" className="weights-level">
        {pick(level.label)}
        <span className="faint weights-shares">
          m {share(level.m)} · u {share(level.u)}
        </span>
      </th>
      <td className="waterfall-picture">
        <StepPicture scale={scale} from={0} to={level.weight} isAlone />
      </td>
      <td className="end">{signed(level.weight, format.number)}</td>
      <td className="end weights-share">{share(level.m)}</td>
      <td className="end weights-share">{share(level.u)}</td>
    </tr>
  );
}
