"""``python -m sklstm``: the command line."""

from sklstm._cli import run_process

if __name__ == "__main__":
    run_process("python -m sklstm")
