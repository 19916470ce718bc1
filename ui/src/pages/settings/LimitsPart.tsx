import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { serverSettings, type Setting } from '../../api/server';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { SearchField } from '../../components/table/SearchField';
import { operations } from '../../text/en/operations';
import classes from './parts.module.css';
import { sectionsOf, valueOf } from './settingValues';

const text = operations.limits;

/** Every setting in force with what it is for. */
export default function LimitsPart() {
  const query = useQuery({ queryKey: keys.serverSettings, queryFn: ({ signal }) => serverSettings(signal), staleTime: 30_000 });
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('q') ?? '';
  if (!query.data) return query.error !== null ? <ErrorNote error={query.error} onRetry={() => void query.refetch()} /> : <PageLoader />;
  const sections = sectionsOf(query.data.settings, wanted);
  return (
    <div className={classes.column}>
      <p className={classes.lead}>{text.lead}</p>
      <div className={classes.tools}>
        <SearchField label={text.filter} placeholder={text.filter} value={wanted} onChange={(q) => setSearch(q === '' ? {} : { q }, { replace: true })} />
      </div>
      {sections.length === 0 && <p className={classes.lead}>{text.noMatch}</p>}
      {sections.map(([name, list]) => (
        <section key={name} className={classes.panel} aria-labelledby={`settings-${name}`}>
          <Title order={2} id={`settings-${name}`} className={classes.title}>
            {name}
          </Title>
          <dl className={classes.rows}>
            {list.map((setting) => (
              <Row key={setting.name} setting={setting} />
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

function Row({ setting }: { setting: Setting }) {
  return (
    <div className={classes.row}>
      <dt>
        <code>{setting.name}</code>
      </dt>
      <dd className={classes.value}>{valueOf(setting)}</dd>
      <dd className={classes.help}>{setting.help}</dd>
    </div>
  );
}
