import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** Asks everything below an address anew when what it hangs on has moved on, as rows do on the state of their run. */
export function useAfresh(path: string, state: string): void {
  const client = useQueryClient();
  const seen = useRef(state);
  useEffect(() => {
    if (seen.current === state) return;
    seen.current = state;
    const below = ({ queryKey }: { queryKey: readonly unknown[] }) =>
      String(queryKey[0]).startsWith(`${path}/`);
    void client.invalidateQueries({ predicate: below });
  }, [client, path, state]);
}
