/**
 * A screen that is loaded when it is wanted. When it is not there any more a new version is served: then the page has
 * to be loaded again.
 */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useWords } from '../words/words.tsx';
import { Button } from './button.tsx';

type Module<Props> = { readonly default: ComponentType<Props> };

/** A component that loads its own code. */
export function lazyScreen<Props extends object>(
  load: () => Promise<Module<Props>>,
): (props: Props) => JSX.Element | null {
  let loaded: ComponentType<Props> | undefined;
  return (props) => {
    const words = useWords().shell;
    const [Loaded, setLoaded] = useState<ComponentType<Props> | undefined>(() => loaded);
    const [isStale, setIsStale] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (module) => {
          loaded = module.default;
          setLoaded(() => loaded);
        },
        () => setIsStale(true),
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    if (!isStale) return <p class="empty">{words.loading}</p>;
    return (
      <div class="problem" role="alert">
        <p>{words.stale}</p>
        <Button onClick={() => location.reload()}>{words.reload}</Button>
      </div>
    );
  };
}
