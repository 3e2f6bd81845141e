import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Providers } from './app/providers.tsx';
import { createPortalRouter } from './app/router.tsx';
import { createTranslator } from './i18n/index.ts';
import { preferences } from './lib/preferences.ts';
import { createQueryClient } from './lib/query.ts';
import './styles/base.css';
import './styles/shell.css';
import './styles/pieces.css';
import './styles/palette.css';

const queryClient = createQueryClient(() => {
  // The cache must not show the next person what the one before saw.
  queryClient.clear();
  void router.navigate({ to: '/sign-in', search: { expired: '1', to: router.state.location.href } });
});
const router = createPortalRouter(queryClient);
document.documentElement.lang = preferences().locale;

const element = document.getElementById('root');
if (element) {
  createRoot(element).render(
    <StrictMode>
      <Providers queryClient={queryClient} translator={createTranslator(preferences().locale)}>
        <RouterProvider router={router} />
      </Providers>
    </StrictMode>,
  );
}
