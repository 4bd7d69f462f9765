import { Component, type ReactNode } from 'react';
import { text } from '../text.js';

interface ViewBoundaryProps {
  children: ReactNode;
}

/** Keeps the page, and the session in it, when a view breaks: such as one whose script a newer build has replaced. */
export class ViewBoundary extends Component<ViewBoundaryProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <div className="notice danger" role="alert">
        <p>{text.errors.broken}</p>
        <button type="button" className="button small" onClick={() => location.reload()}>
          {text.errors.reload}
        </button>
      </div>
    );
  }
}
