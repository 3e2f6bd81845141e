import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { fieldLabel, protocolTitle } from '../../../i18n/connectors/index.ts';
import { usePreferences } from '../../../lib/preferences.ts';
import { patternOf } from '../form/value-path.ts';
import type { ConfigurationDiff, ConnectionChange, Counts, FieldChange, PointChange } from './config-diff.ts';

/** Points of one connection that are shown at first. */
const POINTS_SHOWN = 30;
const TONES = { added: 'good', removed: 'bad', changed: 'warn' } as const satisfies Record<
  keyof Counts,
  Tone
>;

/** How much is different, in one line. */
export function DiffCounts({ diff }: { diff: ConfigurationDiff }) {
  const { t } = useTranslation();
  const texts = (['connections', 'points'] as const).flatMap((what) => {
    const { added, removed, changed } = diff.counts[what];
    if (added + removed + changed === 0) return [];
    const parts = [
      ...(added > 0 ? [t('fleet.diff.added', { count: added })] : []),
      ...(removed > 0 ? [t('fleet.diff.removed', { count: removed })] : []),
      ...(changed > 0 ? [t('fleet.diff.changed', { count: changed })] : []),
    ];
    return [{ what, text: parts.join(' ') }];
  });
  return (
    <span className="row">
      {texts.map(({ what, text }) => (
        <span className="tag" key={what}>
          {t(`fleet.diff.${what}`)} {text}
        </span>
      ))}
    </span>
  );
}

/** Everything that is different: by connection, then by field and point, old beside new. */
export function DiffView({ diff }: { diff: ConfigurationDiff }) {
  const { t } = useTranslation();
  if (diff.connections.length === 0) return <p className="faint">{t('fleet.diff.same')}</p>;
  return (
    <div className="diff">
      <DiffCounts diff={diff} />
      {diff.connections.map((change) => (
        <ConnectionDiff key={`${change.kind} ${change.name}`} change={change} />
      ))}
    </div>
  );
}

function ConnectionDiff({ change }: { change: ConnectionChange }) {
  const { t } = useTranslation();
  const { locale } = usePreferences();
  const [all, setAll] = useState(false);
  // A connection that is new or gone is told by its points' number, not by each of them.
  const points = change.kind === 'changed' ? change.pointChanges : [];
  const shown = all ? points : points.slice(0, POINTS_SHOWN);
  return (
    <section className="diff-connection" aria-label={change.name}>
      <div className="row">
        <Tag tone={TONES[change.kind]} icon={null}>
          {t(`fleet.diff.kinds.${change.kind}`)}
        </Tag>
        <strong>{change.name}</strong>
        <span className="faint">
          {protocolTitle(change.protocol, locale)} · {t('fleet.diff.pointsOf', { count: change.points })}
        </span>
      </div>
      <Fields fields={change.fields} protocol={change.protocol} above="" both={change.kind === 'changed'} />
      {shown.map((point) => (
        <PointDiff key={`${point.list} ${point.key}`} point={point} protocol={change.protocol} />
      ))}
      {points.length > shown.length && (
        <Button type="link" size="small" onClick={() => setAll(true)}>
          {t('fleet.diff.more', { count: points.length - shown.length })}
        </Button>
      )}
    </section>
  );
}

function PointDiff({ point, protocol }: { point: PointChange; protocol: string }) {
  const { t } = useTranslation();
  return (
    <div className="diff-point">
      <div className="row">
        <Tag tone={TONES[point.kind]} icon={null}>
          {t(`fleet.diff.kinds.${point.kind}`)}
        </Tag>
        <code>{point.key}</code>
        {point.name !== '' && <span className="faint">{point.name}</span>}
      </div>
      {point.kind === 'changed' && (
        <Fields fields={point.fields} protocol={protocol} above={`${point.list}[].`} both />
      )}
    </div>
  );
}

function Fields({
  fields,
  protocol,
  above,
  both,
}: {
  fields: readonly FieldChange[];
  protocol: string;
  above: string;
  /** the thing was there before and is there now */
  both: boolean;
}) {
  const { locale } = usePreferences();
  if (fields.length === 0) return null;
  return (
    <dl className="diff-fields">
      {fields.map((field) => (
        <div key={field.path}>
          <dt title={field.path}>
            {fieldLabel(protocol, `${patternOf(above)}${patternOf(field.path)}`, locale)}
          </dt>
          <dd>
            <Values field={field} both={both} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Values({ field: { before, after, secret }, both }: { field: FieldChange; both: boolean }) {
  const { t } = useTranslation();
  if (secret) {
    const what =
      before === undefined ? 'secretAdded' : after === undefined ? 'secretRemoved' : 'secretChanged';
    return <em>{t(`fleet.diff.${what}`)}</em>;
  }
  return (
    <>
      {before !== undefined && <del>{shown(before)}</del>}
      {both && before === undefined && <span className="faint">{t('fleet.diff.unset')}</span>}
      {(both || before !== undefined) && (both || after !== undefined) && <span aria-hidden="true"> → </span>}
      {after !== undefined && <ins>{shown(after)}</ins>}
      {both && after === undefined && <span className="faint">{t('fleet.diff.unset')}</span>}
    </>
  );
}

const TEXT_LENGTH_MAX = 300;
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
}
