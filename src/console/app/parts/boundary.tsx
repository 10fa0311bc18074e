/** Catches what a screen throws, so that the frame stays; React knows no other way than a class. */
import { Component, type ReactNode } from "react";
import { Trouble } from "./states.tsx";

export class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <Trouble error={this.state.error} retry={() => location.reload()} />;
  }
}
