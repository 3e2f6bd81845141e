import { COLUMN_KINDS, type ColumnProfile } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../components/figures.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { ShareBar } from '../share-bar.tsx';

/** Everything that is known of one column. */
export function ProfileFacts({ column }: { column: ColumnProfile }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const share = column.rows === 0 ? 0 : column.filled / column.rows;
  const facts = [
    {
      label: t('source.profile.kind'),
      value: `${pick(COLUMN_KINDS[column.kind])} · ${format.percent(column.kindShare)}`,
    },
    ...(column.unit === null ? [] : [{ label: t('studio.unit'), value: column.unit }]),
    {
      label: t('source.profile.filled'),
      value: (
        <span className="row">
          <ShareBar share={share} label={t('source.profile.filled')} warnBelow={0.5} />
          <span className="faint">
            {format.number(column.filled, 0)} / {format.number(column.rows, 0)}
          </span>
        </span>
      ),
    },
    { label: t('source.profile.distinct'), value: <Distinct column={column} /> },
    { label: t('source.profile.range'), value: rangeOf(column) },
    { label: t('source.profile.length'), value: `${column.shortest ?? '—'} – ${column.longest ?? '—'}` },
    ...(column.mean === null
      ? []
      : [
          {
            label: t('source.profile.mean'),
            value: `${format.number(column.mean)} ± ${format.number(column.deviation)}`,
          },
          {
            label: t('source.profile.quartiles'),
            value: column.quartiles.map((value) => format.number(value)).join(' · '),
          },
        ]),
  ];
  return (
    <div className="stack">
      <Facts items={facts} />
      <CommonValues column={column} />
      {column.patterns.length > 0 && (
        <section>
          <h3>{t('source.profile.patterns')}</h3>
          <Bars
            items={column.patterns.map(({ pattern, count }) => ({ text: pattern, count }))}
            of={column.filled}
          />
        </section>
      )}
      {column.problems.length > 0 && (
        <section>
          <h3>{t('source.profile.problems')}</h3>
          <ul className="plain-list">
            {column.problems.map((problem) => (
              <li key={`${problem.text.en} ${problem.example}`}>
                {pick(problem.text)} × {format.number(problem.count, 0)}
                <div className="faint">
                  <code>{problem.example}</code>{' '}
                  {problem.place !== null && t('source.line', { line: problem.place })}
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

export function Distinct({ column }: { column: ColumnProfile }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {column.distinctExact ? '' : '≈ '}
      {format.number(column.distinct, 0)}
      {column.unique && <span className="faint"> {t('source.profile.unique')}</span>}
    </>
  );
}

export const rangeOf = ({ least, most }: ColumnProfile): string =>
  least === null && most === null ? '—' : `${least ?? '—'} … ${most ?? '—'}`;

function CommonValues({ column }: { column: ColumnProfile }) {
  const { t } = useTranslation();
  if (column.common.length === 0) return null;
  return (
    <section>
      <h3>{t('source.profile.common')}</h3>
      <Bars items={column.common.map(({ value, count }) => ({ text: value, count }))} of={column.filled} />
    </section>
  );
}

type BarsProps = { items: readonly { text: string; count: number }[]; of: number; max?: number };

/** Values with how often they come, as small bars with their numbers. */
export function Bars({ items, of, max = 10 }: BarsProps) {
  const format = useFormat();
  return (
    <ul className="value-bars">
      {items.slice(0, max).map(({ text, count }) => (
        <li key={text} title={`${text} × ${count}`}>
          <i aria-hidden="true" style={{ width: `${of === 0 ? 0 : (count / of) * 100}%` }} />
          <span className="value-bar-text">{text}</span>
          <span className="faint">{format.number(count, 0)}</span>
        </li>
      ))}
    </ul>
  );
}
