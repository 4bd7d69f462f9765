import { text } from '../text.js';

interface ShowMoreProps {
  /** What `useInfiniteQuery` says of the next page. */
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}

/** Below a list that has more than is shown. */
export function ShowMore({ pages: { hasNextPage, isFetchingNextPage, fetchNextPage } }: ShowMoreProps) {
  if (!hasNextPage) return null;
  return (
    <button
      type="button"
      className="button small show-more"
      disabled={isFetchingNextPage}
      onClick={() => void fetchNextPage()}
    >
      {text.showMore}
    </button>
  );
}
