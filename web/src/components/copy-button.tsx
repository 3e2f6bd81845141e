import { CopyOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { copyText } from '../lib/copy.ts';

/** Copies a text and says whether it worked; works on plain HTTP too. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = async () => {
    if (await copyText(text)) void message.success(t('action.copied'));
    else void message.warning(t('action.copyFailed'));
  };
  return (
    <Button
      size="small"
      type="text"
      icon={<CopyOutlined />}
      aria-label={label ?? t('action.copy')}
      onClick={() => void copy()}
    />
  );
}
