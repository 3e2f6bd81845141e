import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';

type RefusalProps = {
  error: unknown;
  /** what of the refusal still has to be said, where the rest stands at its fields; everything when left out */
  details?: readonly string[] | undefined;
};

/** What the server refused and what to do, over the form it belongs to. */
export function Refusal({ error, details }: RefusalProps) {
  const { t } = useTranslation();
  const text = errorText(error, t);
  const lines = [text.hint, ...(details ?? text.details)].filter((line) => line !== '');
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={text.message}
      description={lines.length === 0 ? undefined : lines.map((line) => <div key={line}>{line}</div>)}
      style={{ marginBottom: 16 }}
    />
  );
}
