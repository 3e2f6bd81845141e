import { PERMISSIONS, type ReviewPair } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { Button, Input } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { type ReactNode, type RefObject, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../../lib/preferences.ts';
import { useCan } from '../../../lib/session.ts';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { KeyMark } from './key-mark.tsx';
import type { Acts } from './use-acts.ts';
import { ReviewStateTag } from './verdict-tag.tsx';

type WorkBarProps = { pair: ReviewPair; acts: Acts; may: boolean; busy: boolean };

/** The answers and ways onward of a pair; it stays in sight, and each button shows its key. */
export function WorkBar({ pair, acts, may, busy }: WorkBarProps) {
  const { t } = useTranslation();
  return (
    <section className="work-bar" aria-label={t('matching.work.answer')}>
      {may ? (
        <>
          <strong className="only-wide">{t('matching.work.question')}</strong>
          <Key keys={['S', '1']} primary busy={busy} onPress={acts.same}>
            {t('matching.work.same')}
          </Key>
          <Key keys={['D', '2']} primary busy={busy} onPress={acts.different}>
            {t('matching.work.different')}
          </Key>
          <Key keys={['L', '3']} busy={busy} onPress={acts.later}>
            {t('matching.work.later')}
          </Key>
        </>
      ) : (
        <Why pair={pair} />
      )}
      <span className="spring" />
      <Key keys={['K']} disabled={!acts.hasPrevious} onPress={acts.previous}>
        {t('matching.work.previous')}
      </Key>
      <Key keys={['J']} disabled={!acts.hasNext} onPress={acts.next}>
        {t('matching.work.next')}
      </Key>
      <Key className="work-open" keys={['E']} onPress={() => acts.open(pair.a.enterprise)}>
        {t('matching.work.openLeft')}
      </Key>
      <Key className="work-open" keys={['Shift E']} onPress={() => acts.open(pair.b.enterprise)}>
        {t('matching.work.openRight')}
      </Key>
    </section>
  );
}

type KeyProps = {
  /** the first is shown on the button */
  keys: readonly string[];
  primary?: boolean;
  busy?: boolean;
  disabled?: boolean;
  className?: string;
  onPress: () => void;
  children: ReactNode;
};
function Key({
  keys,
  primary = false,
  busy = false,
  disabled = false,
  className = '',
  onPress,
  children,
}: KeyProps) {
  const { shortcuts } = usePreferences();
  const isOn = shortcuts === 'on';
  return (
    <Button
      className={className}
      type={primary ? 'primary' : 'default'}
      disabled={disabled || busy}
      onClick={onPress}
      {...(isOn ? { 'aria-keyshortcuts': keys.map((key) => key.replace(' ', '+')).join(' ') } : {})}
    >
      {children}
      <KeyMark name={keys[0] ?? ''} />
    </Button>
  );
}

/** Why there is nothing to answer: it is done, it waits for a second person, or one may only look. */
function Why({ pair }: { pair: ReviewPair }) {
  const { t } = useTranslation();
  const pick = usePick();
  const format = useFormat();
  const mayDecide = useCan()('fuse:decision:write');
  if (pair.state === 'open' && pair.decision === null && !mayDecide)
    return (
      <span>{t('matching.work.readOnly', { permission: pick(PERMISSIONS['fuse:decision:write']) })}</span>
    );
  return (
    <span className="row">
      {pair.state === 'open' ? (
        <span>{t('matching.work.pending')}</span>
      ) : (
        <ReviewStateTag state={pair.state} />
      )}
      {pair.decidedBy !== null && (
        <span>
          {t('matching.work.closedBy', { name: pair.decidedBy, at: format.dateTime(pair.decidedAt) })}
        </span>
      )}
      {pair.decision !== null && <Link to="/fuse/decisions">{t('matching.explain.decisions')}</Link>}
    </span>
  );
}

type WorkReasonProps = {
  field: RefObject<TextAreaRef | null>;
  value: string;
  onChange: (reason: string) => void;
  onLeave: () => void;
};
/** Why, where one wants to say it. */
export function WorkReason({ field, value, onChange, onLeave }: WorkReasonProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="work-reason">
      <label htmlFor={id}>
        {t('matching.work.reason')}
        <KeyMark name="R" />
      </label>
      <Input.TextArea
        id={id}
        ref={field}
        autoSize={{ minRows: 1, maxRows: 4 }}
        maxLength={500}
        value={value}
        placeholder={t('matching.work.reasonHint')}
        onChange={({ target }) => onChange(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onLeave();
        }}
      />
    </div>
  );
}
