import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { profileNames } from '../../api/profiles';
import { keys } from '../../app/keys';
import { text } from '../../text/en';
import { certificateOf, STATES, stateOf, withFilters, type Filters } from './deviceFilter';
import classes from './DeviceFilters.module.css';

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

const DAYS = [1, 7, 30];

export default function DeviceFilters({ filters, onChange }: Props) {
  const profiles = useQuery({ queryKey: keys.profiles, queryFn: ({ signal }) => profileNames(signal), staleTime: 60_000 });
  const state = stateOf(filters);
  const certificate = certificateOf(filters);
  const days = certificate.startsWith('expiring:') ? Number(certificate.slice(9)) : 30;

  const chooseCertificate = (value: string) => {
    const [kind = '', within] = value.split(':');
    const chosen: Filters = kind === '' ? {} : { certificate: kind, ...(within !== undefined && { expiringDays: within }) };
    onChange(withFilters(filters, ['certificate', 'expiringDays'], chosen));
  };

  return (
    <div className={classes.root}>
      <NativeSelect
        aria-label={text.filters.state}
        data-set={state !== '' || undefined}
        value={state}
        onChange={({ currentTarget: { value } }) =>
          onChange(withFilters(filters, ['active', 'neverConnected'], value === '' ? {} : STATES[value as keyof typeof STATES]))
        }
        data={[
          { value: '', label: text.filters.anyState },
          { value: 'active', label: text.filters.active },
          { value: 'inactive', label: text.filters.inactive },
          { value: 'never', label: text.filters.never },
        ]}
      />
      <NativeSelect
        aria-label={text.filters.profile}
        data-set={filters.deviceProfileId !== undefined || undefined}
        value={filters.deviceProfileId ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange(withFilters(filters, ['deviceProfileId'], value === '' ? {} : { deviceProfileId: value }))
        }
        data={[{ value: '', label: text.filters.anyProfile }, ...(profiles.data ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
      />
      <NativeSelect
        aria-label={text.filters.certificate}
        data-set={certificate !== '' || undefined}
        value={certificate}
        onChange={({ currentTarget: { value } }) => chooseCertificate(value)}
        data={[
          { value: '', label: text.filters.anyCertificate },
          { value: 'valid', label: text.filters.valid },
          ...[...new Set([...DAYS, days])].map((n) => ({ value: `expiring:${n}`, label: text.filters.expiring(n) })),
          { value: 'expired', label: text.filters.expired },
          { value: 'none', label: text.filters.none },
        ]}
      />
    </div>
  );
}
