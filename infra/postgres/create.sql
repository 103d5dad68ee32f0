-- Once, in an empty server. One statement ends with an empty line: that is how a server without clients reads them.
create role shelfcast;

create database shelfcast owner shelfcast;
