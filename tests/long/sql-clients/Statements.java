import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Driver;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.util.Properties;

/** What JDBC and the questions of DBeaver's tree ask of the SQL door: class of the driver, address, user, password. A line for each statement. */
public class Statements {
  interface Work { Object run() throws Exception; }

  static void tell(String name, Work work) {
    String said;
    String how = "OK";
    try {
      said = String.valueOf(work.run());
    } catch (Throwable error) {
      how = "FAIL";
      said = String.valueOf(error.getMessage());
    }
    said = said.replaceAll("\\s+", " ");
    System.out.println(name + "\t" + how + "\t" + said.substring(0, Math.min(300, said.length())));
  }

  static String rows(ResultSet result) throws Exception {
    int columns = result.getMetaData().getColumnCount();
    int rows = 0;
    StringBuilder first = new StringBuilder();
    while (result.next()) {
      rows += 1;
      for (int column = 1; column <= columns; column++) {
        String value = result.getString(column);
        if (rows <= 2) first.append(value).append(' ');
      }
    }
    result.close();
    return rows + " rows: " + first;
  }

  public static void main(String[] arguments) throws Exception {
    Driver driver = (Driver) Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
    Properties properties = new Properties();
    properties.put("user", arguments[2]);
    properties.put("password", arguments[3]);
    Connection connection = driver.connect(arguments[1], properties);
    DatabaseMetaData meta = connection.getMetaData();
    Statement statement = connection.createStatement();
    tell("valid", () -> connection.isValid(5));
    tell("product", () -> meta.getDatabaseProductName() + " " + meta.getDatabaseProductVersion());
    tell("select", () -> rows(statement.executeQuery("select count() from share.enterprises")));
    tell("many", () -> rows(statement.executeQuery("select number, toString(number) from numbers(300000)")).split(":")[0]);
    tell("prepared", () -> {
      try (PreparedStatement prepared = connection.prepareStatement("select name from share.enterprises where revenue > ? and name <> ?")) {
        prepared.setDouble(1, 10.0);
        prepared.setString(2, "it's \\ x");
        ResultSetMetaData columns = prepared.getMetaData();
        return (columns == null ? "" : columns.getColumnName(1)) + rows(prepared.executeQuery());
      }
    });
    tell("types", () -> rows(statement.executeQuery(
        "select toLowCardinality('a'), [1, 2], map('a', 1), toDecimal64(1.5, 2), toDate('2026-01-01'), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), true")));
    tell("getCatalogs", () -> rows(meta.getCatalogs()));
    tell("getSchemas", () -> rows(meta.getSchemas()));
    tell("getTableTypes", () -> rows(meta.getTableTypes()));
    tell("getTables", () -> rows(meta.getTables(null, "share", "%", null)));
    tell("getTables of types", () -> rows(meta.getTables(null, "share", "%", new String[] {"TABLE", "VIEW"})));
    tell("getColumns", () -> rows(meta.getColumns(null, "share", "enterprises", "%")));
    tell("getTypeInfo", () -> rows(meta.getTypeInfo()));
    tell("getPrimaryKeys", () -> rows(meta.getPrimaryKeys(null, "share", "enterprises")));
    tell("getImportedKeys", () -> rows(meta.getImportedKeys(null, "share", "enterprises")));
    tell("getExportedKeys", () -> rows(meta.getExportedKeys(null, "share", "enterprises")));
    tell("getIndexInfo", () -> rows(meta.getIndexInfo(null, "share", "enterprises", false, true)));
    tell("getFunctions", () -> rows(meta.getFunctions(null, null, "%")));
    tell("getProcedures", () -> rows(meta.getProcedures(null, null, "%")));
    tell("getClientInfoProperties", () -> rows(meta.getClientInfoProperties()));
    for (String text : new String[] {
      "SHOW DATABASES", "SHOW TABLES FROM share", "SHOW CREATE TABLE share.enterprises", "DESCRIBE TABLE share.enterprises", "DESCRIBE (select 1 as x)",
      "SHOW FUNCTIONS", "SHOW SETTINGS LIKE 'max_%'", "SHOW ENGINES", "SHOW DICTIONARIES", "select * from information_schema.tables",
      "select * from INFORMATION_SCHEMA.COLUMNS", "select * from system.databases", "select * from system.parts"
    })
      tell(text, () -> rows(statement.executeQuery(text)));
    tell("USE share", () -> statement.execute("USE share"));
    tell("SET max_threads = 1", () -> statement.execute("SET max_threads = 1"));
    tell("refused: table", () -> rows(statement.executeQuery("select * from share.nothing")));
    tell("refused: change", () -> statement.executeUpdate("insert into share.enterprises (name) values ('x')"));
    tell("refused: in the middle", () -> rows(statement.executeQuery(
        "select toUInt32(if(number = 800000, 'x', toString(number))) as n, repeat('y', 20) as y from numbers(900000)")));
    connection.close();
  }
}
