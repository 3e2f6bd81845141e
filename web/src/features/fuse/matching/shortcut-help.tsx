import { Button, Modal, Switch } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { setPreferences, usePreferences } from '../../../lib/preferences.ts';
import { KeyMark } from './key-mark.tsx';

const LINES = [
  { keys: ['S', '1'], text: 'matching.work.same' },
  { keys: ['D', '2'], text: 'matching.work.different' },
  { keys: ['L', '3'], text: 'matching.work.later' },
  { keys: ['J', '→'], text: 'matching.work.next' },
  { keys: ['K', '←'], text: 'matching.work.previous' },
  { keys: ['R'], text: 'matching.work.focusReason' },
  { keys: ['U'], text: 'matching.work.undoLast' },
  { keys: ['E'], text: 'matching.work.openFirst' },
  { keys: ['Shift E'], text: 'matching.work.openSecond' },
  { keys: ['?'], text: 'matching.work.help' },
] as const;

type ShortcutHelpProps = { open: boolean; onOpen: () => void; onClose: () => void };

/** The keys of the review and the switch that turns them off. */
export function ShortcutHelp({ open, onOpen, onClose }: ShortcutHelpProps) {
  const { t } = useTranslation();
  const id = useId();
  const { shortcuts } = usePreferences();
  const isOn = shortcuts === 'on';
  return (
    <>
      <Button onClick={onOpen}>
        {t('matching.work.keys')}
        <KeyMark name="?" />
      </Button>
      <Modal open={open} title={t('matching.work.keys')} footer={null} onCancel={onClose} destroyOnHidden>
        <p className="row">
          <Switch
            id={id}
            checked={isOn}
            onChange={(next) => setPreferences({ shortcuts: next ? 'on' : 'off' })}
          />
          <label htmlFor={id}>{t('matching.work.keysOn')}</label>
        </p>
        <p className="faint">{t('matching.work.keysHint')}</p>
        <table className="shortcut-table" aria-label={t('matching.work.keys')}>
          <thead>
            <tr>
              <th scope="col">{t('matching.work.key')}</th>
              <th scope="col">{t('matching.work.does')}</th>
            </tr>
          </thead>
          <tbody>
            {LINES.map(({ keys, text }) => (
              <tr key={text}>
                <td>
                  {keys.map((key) => (
                    <kbd key={key} className="key">
                      {key}
                    </kbd>
                  ))}
                </td>
                <td>{t(text)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p className="faint">{t('matching.work.stay')}</p>
      </Modal>
    </>
  );
}
