import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { errorText } from '../../lib/error-text.ts';

/** Says beside the page that something worked, or what did not and why. */
export function useNotify() {
  const { t } = useTranslation();
  const { message, notification } = App.useApp();
  return {
    done: (text: string) => void message.success(text),
    failed: (error: unknown) => {
      const { message: title, hint, details } = errorText(error, t);
      notification.error({ title, description: [hint, ...details].filter(Boolean).join(' ') });
    },
  };
}
