import { Button, NativeSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { assignablePackages, packageIdOf, type PackageKind } from '../../api/packages';
import { saveDevice } from '../../api/devices';
import type { Device } from '../../api/types';
import { keys } from '../../app/keys';
import { ErrorNote } from '../../components/ErrorNote';
import { deviceText } from '../../text/en/device';
import classes from './FirmwareTab.module.css';
import sectionClasses from './Section.module.css';

const text = deviceText.firmware;

/** Another package for this device, of those that its profile has; none leaves it to the profile. */
export function AssignPackage({ device, type }: { device: Device; type: PackageKind }) {
  const queryClient = useQueryClient();
  const now = packageIdOf(device, type)?.id ?? '';
  const [chosen, setChosen] = useState<string | null>(null);
  const packages = useQuery({
    queryKey: ['packages', device.deviceProfileId.id, type],
    queryFn: ({ signal }) => assignablePackages(device.deviceProfileId.id, type, signal),
  });
  const assign = useMutation({
    mutationFn: (id: string) => {
      const given = id === '' ? null : ({ entityType: 'OTA_PACKAGE', id } as const);
      return saveDevice({ ...device, ...(type === 'FIRMWARE' ? { firmwareId: given } : { softwareId: given }) });
    },
    onSuccess: (saved) => {
      queryClient.setQueryData(keys.deviceRecord(device.id.id), saved);
      setChosen(null);
    },
    // Somebody else changed it: what is on the screen is old.
    onError: () => queryClient.invalidateQueries({ queryKey: keys.deviceRecord(device.id.id) }),
  });

  if (packages.error !== null) return <ErrorNote error={packages.error} onRetry={() => void packages.refetch()} />;
  if (!packages.data) return null;
  if (packages.data.data.length === 0 && now === '') return <p className={sectionClasses.lead}>{text.noPackages}</p>;
  const value = chosen ?? now;
  return (
    <form
      className={classes.assign}
      onSubmit={(event) => {
        event.preventDefault();
        if (value !== now && !assign.isPending) assign.mutate(value);
      }}
    >
      <NativeSelect
        className={classes.select}
        label={text.choose}
        value={value}
        onChange={(event) => {
          setChosen(event.currentTarget.value);
          assign.reset();
        }}
        data={[
          { value: '', label: text.fromProfile },
          ...packages.data.data.map((one) => ({ value: one.id.id, label: `${one.title} ${one.version}` })),
        ]}
      />
      <Button type="submit" disabled={value === now} loading={assign.isPending}>
        {text.assign}
      </Button>
      <span role="status" className={classes.done}>
        {assign.isSuccess && text.done}
      </span>
      {assign.error !== null && <ErrorNote error={assign.error} />}
    </form>
  );
}
