import type { GoldenValue } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../components/figures.tsx';
import { useCan } from '../../lib/session.ts';
import { useFormat, usePick } from '../../lib/use-format.ts';
import { useGoldenText } from './golden-text.ts';

/** Where one value comes from: source, run, row, field, what the source said, the rule, and who lost and why. */
export function Provenance({ golden }: { golden: GoldenValue }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const can = useCan();
  const goldenText = useGoldenText();
  return (
    <div className="stack">
      <div className="provenance-value">
        <div className="faint">{t('fuse.enterprise.chosen')}</div>
        <strong>{goldenText(golden)}</strong>
        <p>{pick(golden.ruleText)}</p>
      </div>
      <Facts
        items={[
          { label: t('fuse.enterprise.source'), value: golden.sourceName === '' ? '—' : golden.sourceName },
          { label: t('fuse.enterprise.field'), value: golden.field === '' ? '—' : golden.field },
          { label: t('fuse.enterprise.raw'), value: <code>{golden.raw === '' ? '—' : golden.raw}</code> },
          {
            label: t('fuse.enterprise.row'),
            value: <code>{golden.rowKey === '' ? '—' : golden.rowKey}</code>,
          },
          {
            label: t('fuse.enterprise.run'),
            value:
              golden.run !== null && can('fuse:run:read') ? (
                <Link to="/fuse/runs/$id" params={{ id: golden.run }}>
                  <code>{golden.run.slice(0, 8)}</code>
                </Link>
              ) : (
                <code>{golden.run?.slice(0, 8) ?? '—'}</code>
              ),
          },
          { label: t('fuse.enterprise.rule'), value: <code>{golden.rule}</code> },
          { label: t('fuse.enterprise.at'), value: format.dateTime(golden.at) },
        ]}
      />
      <section aria-label={t('fuse.enterprise.others')}>
        <h3>{t('fuse.enterprise.others')}</h3>
        {golden.others.length === 0 && <p className="faint">{t('fuse.enterprise.noOthers')}</p>}
        <ul className="losers">
          {golden.others.map((other) => (
            <li key={`${other.source}-${other.rowKey}-${other.value}`}>
              <div className="row spread">
                <span className={other.value === golden.value ? 'same-value' : 'loser-value'}>
                  {goldenText({ attribute: golden.attribute, value: other.value, label: null })}
                </span>
                <span className="faint">{other.sourceName}</span>
              </div>
              <div className="faint">
                {t('fuse.enterprise.why')}: {pick(other.reason)}
              </div>
              <div className="faint">
                {t('fuse.enterprise.row')} <code>{other.rowKey}</code>
              </div>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
