/** Where this platform is, as the reader's browser reaches it. */
export function usePlaces(): { http: string } {
  return { http: window.location.origin };
}
