import { SearchIcon } from 'lucide-react';
import { text } from '../text.js';
import { type Sorting, SORTINGS } from './arrange.js';

interface ToolbarProps {
  query: string;
  setQuery: (query: string) => void;
  sorting: Sorting;
  setSorting: (sorting: Sorting) => void;
  shown: number;
}

export function Toolbar({ query, setQuery, sorting, setSorting, shown }: ToolbarProps) {
  return (
    <search className="toolbar">
      <div className="search-field">
        <SearchIcon size={16} aria-hidden />
        <input
          type="search"
          aria-label={text.storages.search}
          placeholder={text.storages.searchPlaceholder}
          value={query}
          onChange={({ target }) => setQuery(target.value)}
        />
      </div>
      <span className="muted" role="status">
        {text.storages.count(shown)}
      </span>
      <label className="toolbar-sort">
        {text.storages.sort}
        <select value={sorting} onChange={({ target }) => setSorting(target.value as Sorting)}>
          {SORTINGS.map((known) => (
            <option key={known} value={known}>
              {text.storages.sorting[known]}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}
