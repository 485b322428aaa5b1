// yegor256/jaxec#165: waitFor before anybody reads the child's output
public class Wait {
  public static void main(String[] arguments) throws Exception {
    Process child =
        new ProcessBuilder("head", "-c", "400000", "/dev/zero").start();
    child.waitFor();
    child.getInputStream().readAllBytes();
  }
}
