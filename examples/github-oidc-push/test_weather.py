import unittest

from weather import report


class ReportTest(unittest.TestCase):
    def test_the_weather_is_fine(self) -> None:
        self.assertEqual(report("Oslo"), {"place": "Oslo", "weather": "fine"})


if __name__ == "__main__":
    unittest.main()
