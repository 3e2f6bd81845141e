import { Input } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';

/** Longest note of a version, as the platform takes it. */
const NOTE_LENGTH_MAX = 500;

/** Why a version is made; a person who looks at the versions later will be glad of it. */
export function NoteField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field wide">
      <label htmlFor={id}>{t('fleet.save.note')}</label>
      <Input
        id={id}
        value={value}
        maxLength={NOTE_LENGTH_MAX}
        placeholder={t('fleet.save.notePlaceholder')}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
