import { type ReactNode, useEffect, useRef } from 'react';
import { text } from '../text.js';

/** The heading of a view. Takes the focus when the view comes, so that keyboard and screen reader begin there. */
export function PageTitle({ children }: { children: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = text.pageTitle(children);
  }, [children]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
