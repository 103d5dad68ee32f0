import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Drives the warehouse through clickhouse-jdbc as a BI tool would, and prints a line for each finding.
 * Run: java -cp 'JARS/*' Jdbc.java jdbc:clickhouse:http://host:port/database user password analyst password
 */
public class Jdbc {
    public static void main(String[] args) throws Exception {
        try (Connection connection = connect(args)) {
            System.out.println("product " + connection.getMetaData().getDatabaseProductName());
            try (Statement statement = connection.createStatement()) {
                statement.execute("create table jdbc (id UInt64, name String, price Decimal(18, 2)) engine = MergeTree order by id");
            }
            insert(connection);
            select(connection);
            columns(connection);
            large(connection);
            error(connection);
            cancel(connection);
        }
        wrongPassword(args);
        try (Connection connection = connect(new String[] {args[0], args[3], args[4]})) {
            analyst(connection);
        }
    }

    static Connection connect(String[] args) throws SQLException {
        Properties properties = new Properties();
        properties.put("user", args[1]);
        properties.put("password", args[2]);
        return DriverManager.getConnection(args[0], properties);
    }

    static void insert(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into jdbc (id, name, price) values (?, ?, ?)")) {
            for (int id = 0; id < 1000; id++) {
                insert.setLong(1, id);
                insert.setString(2, "it's item " + id);
                insert.setBigDecimal(3, new java.math.BigDecimal("1.25"));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    static void select(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select count(), sum(price), max(name) from jdbc where id >= ?")) {
            select.setLong(1, 500);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                System.out.println("rows " + rows.getLong(1) + " " + rows.getBigDecimal(2) + " " + rows.getString(3));
            }
        }
    }

    static void columns(Connection connection) throws SQLException {
        StringBuilder names = new StringBuilder();
        try (ResultSet columns = connection.getMetaData().getColumns(null, connection.getSchema(), "jdbc", null)) {
            while (columns.next()) names.append(' ').append(columns.getString("COLUMN_NAME"));
        }
        System.out.println("columns" + names);
    }

    static void large(Connection connection) throws SQLException {
        long sum = 0;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select number, toString(number) from numbers(300000)")) {
            while (rows.next()) sum += rows.getLong(1);
        }
        System.out.println("large " + sum);
    }

    static void error(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("select * from missing_table");
        } catch (SQLException error) {
            System.out.println("error " + error.getErrorCode());
        }
    }

    static void cancel(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            Thread query = new Thread(() -> {
                try (ResultSet rows = statement.executeQuery("select sum(sleepEachRow(0.1)) from numbers(1000) settings max_block_size = 1")) {
                    System.out.println("not cancelled");
                } catch (SQLException error) {
                    System.out.println("cancelled");
                }
            });
            query.start();
            while (running(connection) == 0) Thread.sleep(20);
            statement.cancel();
            query.join();
        }
    }

    static long running(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count() from system.processes where query like '%sleepEachRow%' and query not like '%processes%'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    static void analyst(Connection connection) throws SQLException {
        select(connection);
        columns(connection);
        StringBuilder tables = new StringBuilder();
        try (ResultSet names = connection.getMetaData().getTables(null, connection.getSchema(), "jdb%", new String[] {"TABLE"})) {
            while (names.next()) tables.append(' ').append(names.getString("TABLE_NAME"));
        }
        System.out.println("tables" + tables);
        try {
            insert(connection);
            System.out.println("analyst wrote");
        } catch (SQLException error) {
            System.out.println("analyst writes " + error.getErrorCode());
        }
    }

    static void wrongPassword(String[] args) {
        try (Connection connection = connect(new String[] {args[0], args[1], "wrong"})) {
            connection.createStatement().executeQuery("select 1");
        } catch (SQLException error) {
            System.out.println("wrong password " + error.getMessage().contains("516"));
        }
    }
}
