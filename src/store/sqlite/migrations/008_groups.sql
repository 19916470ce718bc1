-- Groups of an owner's own, beside "All", whose members follow from who owns a device. A tenant's group may hold any device of
-- the tenant, a customer's only the customer's.
ALTER TABLE entity_group ADD COLUMN additional_info TEXT; -- JSON object
ALTER TABLE entity_group ADD COLUMN configuration TEXT;   -- JSON object
CREATE TABLE group_member (
    entity_group INTEGER NOT NULL REFERENCES entity_group ON DELETE CASCADE,
    device       INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
    PRIMARY KEY (entity_group, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_of_device ON group_member (device);

-- Customers whose users see a tenant's group and the devices in it.
CREATE TABLE group_share (
    customer_id  BLOB NOT NULL CHECK (length(customer_id) = 16),
    entity_group INTEGER NOT NULL REFERENCES entity_group ON DELETE CASCADE,
    may_write    INTEGER NOT NULL CHECK (may_write IN (0, 1)),
    PRIMARY KEY (customer_id, entity_group)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_of_group ON group_share (entity_group);

-- Every customer has its "All"; it goes with the customer, as the customer's own groups and shares do.
INSERT INTO entity_group (id, tenant, owner_id, owner_is_customer, is_all, created_ms, version, name)
    SELECT randomblob(16), tenant, id, 1, 1, created_ms, 1, 'All' FROM customer;
CREATE TRIGGER customer_made AFTER INSERT ON customer BEGIN
    INSERT INTO entity_group (id, tenant, owner_id, owner_is_customer, is_all, created_ms, version, name)
        VALUES (randomblob(16), new.tenant, new.id, 1, 1, new.created_ms, 1, 'All');
END;
CREATE TRIGGER customer_gone AFTER DELETE ON customer BEGIN
    DELETE FROM entity_group WHERE tenant = old.tenant AND owner_id = old.id;
    DELETE FROM group_share WHERE customer_id = old.id;
END;

-- A customer that loses a device does not keep it in its groups.
CREATE TRIGGER device_owner_changed AFTER UPDATE OF customer_id ON device
WHEN old.customer_id IS NOT NULL AND old.customer_id IS NOT new.customer_id BEGIN
    DELETE FROM group_member WHERE device = new.number AND entity_group IN
        (SELECT number FROM entity_group WHERE tenant = new.tenant AND owner_id = old.customer_id);
END;

-- What the platform's customers have beside their title: JSON object of the members country, city, ..
ALTER TABLE customer ADD COLUMN contact TEXT;
ALTER TABLE customer ADD COLUMN additional_info TEXT; -- JSON object
